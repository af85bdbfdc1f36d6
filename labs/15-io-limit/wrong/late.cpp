// Wrong: moves the command into the group after it has started.
#define main reference_main
#include "15-io-limit/lab.cpp"
#undef main

#include <unistd.h>

#include "slipway/file.hpp"

// A busy machine is slow by itself now and then; here nobody has to wait for that.
void be_slow(pid_t command) {
  const std::string children = fmt::format("/proc/{0}/task/{0}/children", command);
  for (int looks = 0; looks < 1000 && read_file(children).empty(); ++looks) ::usleep(1'000);
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string device = device_number(arguments.option("--device"));
    const std::int64_t bytes = frame::bytes(arguments.option("--write-bps"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("io-limit"), {controller()});
    set_limit(group, device, bytes);
    warn(group);
    Child child = start({}, [&] { execute(command); });
    be_slow(child.pid());
    group.join(child.pid());
    return signals.wait(child).status();
  });
}
