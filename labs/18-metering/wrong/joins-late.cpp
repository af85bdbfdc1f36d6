// Wrong: the command is moved into the group when it runs already.
#define main reference_main
#include "18-metering/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    const Cgroup group(unique_name("metering"), controllers());
    if (group.has("blkio")) count_all_disks(group);
    Child child = start({}, [&] { execute(command); });
    ::usleep(50'000);  // what a busy machine does by itself now and then
    if (!child.wait_for(0)) group.join(child.pid());
    const int status = signals.wait(child).status();
    report(group);
    return status;
  });
}
