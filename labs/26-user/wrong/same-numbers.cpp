// Wrong: the user's map is written for the group, too.
#define main reference_main
#include "26-user/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    Maps maps = read_maps(arguments);
    maps.groups = maps.users;
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start_mapped(maps, command);
    return signals.wait(child).status();
  });
}
