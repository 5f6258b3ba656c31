.PHONY: build demo test bench clean

build:
	tools/setup.sh
	[ -f build/build.ninja ] || meson setup build
	ninja -C build

demo: build
	examples/demo.sh

test:
	tools/setup.sh test
	tests/run

bench: build
	tests/bench/run

clean:
	rm -rf build build-*
