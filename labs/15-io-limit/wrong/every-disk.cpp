// Wrong: limits every device of the machine.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

#include "slipway/file.hpp"

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = device_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    warn(group);
    for (const std::string& other : list_folder("/sys/dev/block")) {
      try {
        set_limit(group, other, bytes);
      } catch (const Error&) {  // a partition has no limit of its own
      }
    }
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
