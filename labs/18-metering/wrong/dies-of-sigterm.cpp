// Wrong: a signal ends it before it has reported and cleaned up.
#define main reference_main
#include "18-metering/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    const Cgroup group(unique_name("metering"), controllers());
    if (group.has("blkio")) count_all_disks(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    const int status = child.wait().status();
    report(group);
    return status;
  });
}
