#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// What every lab's program has around it: its command line, its errors, its open steps.
namespace frame {

/// The words of a command line: options with a value ("--cpus 0.5" or "--cpus=0.5"), then other
/// words, then, after "--", the command to run. Each question takes its answer out; what nobody
/// asked for is an error. All functions throw slipway::Error with a sentence for the user.
class Arguments {
 public:
  Arguments(int argc, char** argv);

  std::string option(const std::string& name);                   ///< "--cpus": must be there.
  std::optional<std::string> optional(const std::string& name);  ///< May be there.
  bool flag(const std::string& name);         ///< "--receive": a word of its own, there or not.
  std::string word(const std::string& what);  ///< The next word; `what` names it.
  std::vector<std::string> command();  ///< All behind "--"; at least one word. Ask for it last.
  std::vector<std::string> rest();  ///< All words left, for a program without "--"; at least one.
  void end() const;                 ///< Nothing may be left.

 private:
  std::vector<std::string> words_;
  std::vector<std::string> command_;
};

/// A size in bytes: a number with K, M or G (powers of 1024) or without. Throws slipway::Error.
std::int64_t bytes(const std::string& text);

/// A number above 0 and not above 10000, as "0.5": of processors. Throws slipway::Error.
double processors(const std::string& text);

/// Runs a lab's body and gives its exit status; an exception becomes a sentence on standard error
/// and status 125 (set-up failed), 126 (the command cannot be run) or 127 (no such command).
int run(int argc, char** argv, const char* usage, int (*body)(Arguments& arguments));

/// Stands in a starter where a step is to be written; throws.
[[noreturn]] void todo(int number, const char* step, const char* what);

}  // namespace frame
