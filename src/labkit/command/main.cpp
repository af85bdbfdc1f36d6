#include <fmt/core.h>
#include <stdlib.h>
#include <unistd.h>

#include <cstdio>

#include "labkit/command/command.hpp"
#include "labkit/command/guard.hpp"

namespace labkit {
namespace {

struct Command {
  const char* name;
  const char* about;
  int (*act)(const Words&);
};

constexpr Command commands[] = {
    {"init", "make a workspace: a folder with a starter for each lab", command_init},
    {"list", "the labs, and how far you are", command_list},
    {"show", "a lab's lesson, in the terminal", command_show},
    {"check", "compile and check a lab, or check any program", command_check},
    {"watch", "check a lab at each save", command_watch},
    {"hint", "the next hint for a lab, three for each step", command_hint},
    {"reset", "put a lab's starter back; what you have is kept beside it", command_reset},
    {"solution", "a lab's steps solved, once you have passed it", command_solution},
    {"scope", "a process's namespaces and groups, each limit beside its use", command_scope},
    {"clean", "remove what killed checks have left on the machine", command_clean},
    {"doctor", "what this machine can do, and how to give it what it lacks", command_doctor},
    {"lint", "hold the labs themselves to their shape (for those who write labs)", command_lint},
};

void print_help() {
  fmt::print("usage: lab COMMAND [WORDS...]\n\n");
  for (const Command& command : commands) fmt::print("  {:<10}{}\n", command.name, command.about);
  fmt::print(
      "\n`lab COMMAND --help` tells more, `lab --version` which one this is.\n"
      "Exit status: 0 pass, 1 fail, 2 the command line is wrong, 3 blocked (the machine lacks\n"
      "something), 4 error (the check itself broke), 128 + N ended by signal N, as Ctrl-C does.\n");
}

int run(const Words& words) {
  if (words.empty() || words[0] == "--help" || words[0] == "-h" || words[0] == "help")
    return print_help(), words.empty() ? exit_usage : exit_pass;
  if (words[0] == "--version") return fmt::print("lab {}\n", SLIPWAY_VERSION), exit_pass;
  for (const Command& command : commands)
    if (words[0] == command.name) return command.act(Words(words.begin() + 1, words.end()));
  throw UsageError{fmt::format("there is no command \"{}\"; `lab --help` lists them", words[0])};
}

}  // namespace

bool colours() {
  const char* no = ::getenv("NO_COLOR");
  return ::isatty(STDOUT_FILENO) == 1 && (no == nullptr || *no == 0);
}

}  // namespace labkit

int main(int argc, char** argv) {
  const int status =
      labkit::ending([&] { return labkit::run(labkit::Words(argv + 1, argv + argc)); });
  if (std::fflush(stdout) == 0) return status;
  return labkit::exit_error;
}
