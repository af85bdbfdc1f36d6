// Wrong: limits reading.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = device_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("io-limit"), {controller()});
    if (group.has("io"))
      group.write("io.max", fmt::format("{} rbps={}", device, bytes));
    else
      group.write("blkio.throttle.read_bps_device", fmt::format("{} {}", device, bytes));
    warn(group);
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
