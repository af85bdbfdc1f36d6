// Right: the program itself enters the group and becomes the command; a watcher outside removes the
// group. On v2 its program adds up what speaks against each rule.
#define main reference_main
#include "17-devices/lab.cpp"
#undef main

#include <poll.h>
#include <signal.h>

// For each rule, with r6 to r9 holding the type, the access, the major and the minor number:
// r0 = (r6 ^ type) | (r7 & ~access) | (r8 ^ major or 0) | (r9 ^ minor or 0).
std::vector<bpf_insn> assemble_sums(const std::vector<Rule>& rules) {
  std::vector<bpf_insn> program = {
      {BPF_LDX | BPF_MEM | BPF_W, 7, 1, 0, 0},   {BPF_ALU64 | BPF_MOV | BPF_X, 6, 7, 0, 0},
      {BPF_ALU64 | BPF_AND | BPF_K, 6, 0, 0, 3}, {BPF_ALU64 | BPF_RSH | BPF_K, 7, 0, 0, 16},
      {BPF_LDX | BPF_MEM | BPF_W, 8, 1, 4, 0},   {BPF_LDX | BPF_MEM | BPF_W, 9, 1, 8, 0}};
  const auto add = [&](const bpf_insn& instruction) { program.push_back(instruction); };
  for (const Rule& rule : rules) {
    add({BPF_ALU | BPF_MOV | BPF_X, 0, 6, 0, 0});
    add({BPF_ALU | BPF_XOR | BPF_K, 0, 0, 0, rule.type});
    add({BPF_ALU | BPF_MOV | BPF_X, 2, 7, 0, 0});
    add({BPF_ALU | BPF_AND | BPF_K, 2, 0, 0, ~rule.access});
    add({BPF_ALU | BPF_OR | BPF_X, 0, 2, 0, 0});
    if (rule.major != any) {
      add({BPF_ALU | BPF_MOV | BPF_X, 2, 8, 0, 0});
      add({BPF_ALU | BPF_XOR | BPF_K, 2, 0, 0, static_cast<int>(rule.major)});
      add({BPF_ALU | BPF_OR | BPF_X, 0, 2, 0, 0});
    }
    if (rule.minor != any) {
      add({BPF_ALU | BPF_MOV | BPF_X, 2, 9, 0, 0});
      add({BPF_ALU | BPF_XOR | BPF_K, 2, 0, 0, static_cast<int>(rule.minor)});
      add({BPF_ALU | BPF_OR | BPF_X, 0, 2, 0, 0});
    }
    add({BPF_JMP | BPF_JNE | BPF_K, 0, 0, 2, 0});
    add({BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1});
    add({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  }
  add({BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0});
  add({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  return program;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) -> int {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    while (const auto text = arguments.optional("--allow"))
      texts.push_back(*text), rules.push_back(parse_rule(*text));
    const std::vector<std::string> command = arguments.command();
    Cgroup group(unique_name("devices"), {"devices"});
    if (group.version("devices") == 1)
      write_lists(group, texts);
    else
      attach(group.birthplace(), assemble_sums(rules));
    const Descriptor self(static_cast<int>(::syscall(SYS_pidfd_open, ::getpid(), 0)));
    if (::fork() == 0) {
      ::setsid();
      for (const int number : {SIGTERM, SIGINT, SIGHUP}) ::signal(number, SIG_IGN);
      pollfd ended{self.get(), POLLIN, 0};
      while (::poll(&ended, 1, -1) != 1) continue;
      group.remove();
      ::_exit(0);
    }
    group.join(::getpid());
    try {
      execute(command);
    } catch (const Error& error) {
      fmt::print(stderr, "devices: {}\n", error.what());
      ::_exit(error.exit_status());  // the group is the watcher's to remove
    }
  });
}
