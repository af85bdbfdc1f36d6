// Wrong: the child writes its maps itself, which only the parent may when there are more ids.
#define main reference_main
#include "26-user/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Maps maps = read_maps(arguments);
    const std::vector<std::string> command = arguments.command();
    const bool root = ::geteuid() == 0;
    Signals signals;
    Child child = start({.namespaces = CLONE_NEWUSER}, [&] {
      if (!root) write_file("/proc/self/setgroups", "deny");
      write_file("/proc/self/gid_map", line_of(maps.groups));
      write_file("/proc/self/uid_map", line_of(maps.users));
      become_command(maps, command);
    });
    return signals.wait(child).status();
  });
}
