// Wrong: one task too many, "since the command itself does not count".
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most + 1);
    Child child = start_in(group, command);
    const int status = signals.wait(child).status();
    group.write("pids.max", "0");
    return status;
  });
}
