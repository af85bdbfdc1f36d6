// Wrong: removes the group as if nobody could be left in it.
#include <sys/stat.h>
#include <unistd.h>

#define main reference_main
#include "13-pids-limit/lab.cpp"
#undef main

// The folder in which groups are made, with the controller pids handed down to it.
std::string ours() {
  const Cgroup example(unique_name("example"), {"pids"});
  const std::string file = example.file("pids.max");
  return file.substr(0, file.find("/slipway/"));
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    const std::string folder = ours() + "/" + unique_name("pids-limit");
    check(::mkdir(folder.c_str(), 0755), "make the group {}", folder);
    write_file(folder + "/pids.max", fmt::format("{}", most));
    Child child = start(
        {}, [&] { execute(command); },
        [&](pid_t pid) { write_file(folder + "/cgroup.procs", fmt::format("{}", pid)); });
    const int status = signals.wait(child).status();
    ::rmdir(folder.c_str());
    return status;
  });
}
