// Wrong: the group map is written while setgroups is still allowed.
#define main reference_main
#include "26-user/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Maps maps = read_maps(arguments);
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Child child = start(
        {.namespaces = CLONE_NEWUSER}, [&] { become_command(maps, command); },
        [&](pid_t pid) {
          const std::string folder = fmt::format("/proc/{}", pid);
          write_file(folder + "/uid_map", line_of(maps.users));
          write_file(folder + "/gid_map", line_of(maps.groups));
          write_file(folder + "/setgroups", "deny");
        });
    return signals.wait(child).status();
  });
}
