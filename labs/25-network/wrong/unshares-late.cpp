// Wrong: the program goes into a new network, and the command is outside by then.
#define main reference_main
#include "25-network/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({}, [&] {
      raise_loopback();
      keep_standard_descriptors();
      execute(command);
    });
    check(::unshare(CLONE_NEWNET), "unshare");
    return signals.wait(child).status();
  });
}
