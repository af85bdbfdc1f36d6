// Wrong: the group is removed before its counters are read.
#define main reference_main
#include "18-metering/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("metering"), controllers());
    if (group.has("blkio")) count_all_disks(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    const int status = signals.wait(child).status();
    group.kill();  // so that no daemon uses anything any more
    group.remove();
    report(group);
    return status;
  });
}
