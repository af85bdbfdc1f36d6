// Wrong: leaves out what it does not understand.
#define main reference_main
#include "17-devices/lab.cpp"
#undef main

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    std::vector<std::string> texts;
    std::vector<Rule> rules;
    while (const auto text = arguments.optional("--allow")) {
      try {
        rules.push_back(parse_rule(*text));
        texts.push_back(*text);
      } catch (const Error&) {
      }
    }
    const std::vector<std::string> command = arguments.command();
    Signals signals;
    Cgroup group(unique_name("devices"), {"devices"});
    if (group.version("devices") == 1)
      write_lists(group, texts);
    else
      attach(group.birthplace(), assemble(rules));
    Child child = start(
        {.cgroup = group.birthplace()}, [&] { execute(command); },
        [&](pid_t pid) { group.join(pid); });
    return signals.wait(child).status();
  });
}
