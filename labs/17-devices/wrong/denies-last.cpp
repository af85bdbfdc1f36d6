// Wrong: denies everything at the end, which wipes out what was allowed; and on v2 the first rule
// that fits by its numbers decides.
#define main reference_main
#include "17-devices/lab.cpp"
#undef main

std::vector<bpf_insn> first_decides(const std::vector<Rule>& rules) {
  std::vector<bpf_insn> program = assemble({});
  program.resize(6);  // what loads the registers
  for (const Rule& rule : rules) {
    const bpf_insn instructions[] = {
        skip_unless(2, rule.type, 7),
        skip_unless(4, rule.major, 6),
        skip_unless(5, rule.minor, 5),
        {BPF_ALU64 | BPF_AND | BPF_K, 3, 0, 0, ~rule.access},
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
        skip_unless(3, 0, 1),
        {BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 1},
        {BPF_JMP | BPF_EXIT, 0, 0, 0, 0},
    };
    program.insert(program.end(), std::begin(instructions), std::end(instructions));
  }
  program.push_back({BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0});
  program.push_back({BPF_JMP | BPF_EXIT, 0, 0, 0, 0});
  return program;
}

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    while (const auto text = arguments.optional("--allow"))
      texts.push_back(*text), rules.push_back(parse_rule(*text));
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("devices"), {"devices"});
    if (group.version("devices") == 1) {
      for (const std::string& text : texts) group.write("devices.allow", text);
      group.write("devices.deny", "a");
    } else {
      attach(group.birthplace(), first_decides(rules));
    }
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
