// Wrong: a user namespace, and nobody in it.
#define main reference_main
#include "26-user/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    read_maps(arguments);
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({.namespaces = CLONE_NEWUSER}, [&] { execute(command); });
    return signals.wait(child).status();
  });
}
