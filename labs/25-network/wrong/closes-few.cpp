// Wrong: only the first descriptors are closed.
#define main reference_main
#include "25-network/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({.namespaces = CLONE_NEWNET}, [&] {
      raise_loopback();
      check(::close_range(3, 15, CLOSE_RANGE_CLOEXEC), "have some descriptors closed");
      execute(command);
    });
    return signals.wait(child).status();
  });
}
