// Wrong: the processes are stopped by a signal, and a group in which they are not is frozen.
#define main reference_main
#include "16-freezer/lab.cpp"
#undef main

#include <signal.h>

int run_beside(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;
  const Cgroup frozen(name, {"freezer"});
  const Cgroup members(name + "-members", {"freezer"});
  Child child = start(
      {}, [&] { execute(command); }, [&](pid_t pid) { members.join(pid); });
  return signals.wait(child).status();
}

int send_all(const std::string& name, bool stop) {
  for (const std::string& pid : read_lines(find_group(name + "-members").folder + "/cgroup.procs"))
    ::kill(static_cast<pid_t>(to_number(pid)), stop ? SIGSTOP : SIGCONT);
  set_frozen(find_group(name), stop);
  return 0;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run_beside(name, arguments.command());
    return send_all(name, action == "pause");
  });
}
