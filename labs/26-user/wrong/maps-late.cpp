// Wrong: the child does not wait for its maps.
#define main reference_main
#include "26-user/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Maps maps = read_maps(arguments);
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start({.namespaces = CLONE_NEWUSER}, [&] { execute(command); });
    write_maps(child.pid(), maps);
    return signals.wait(child).status();
  });
}
