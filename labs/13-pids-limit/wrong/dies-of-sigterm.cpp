// Wrong: a signal ends it before it has removed the group.
#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Cgroup group(unique_name("pids-limit"), {"pids"});
    set_limit(group, most);
    Child child = start_in(group, command);
    const int status = child.wait().status();
    group.write("pids.max", "0");
    return status;
  });
}
