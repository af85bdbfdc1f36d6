#include <fmt/core.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "labkit/command/lesson.hpp"
#include "labkit/command/options.hpp"
#include "labkit/toolkit.hpp"
#include "labkit/workspace/catalog.hpp"
#include "labkit/workspace/reading.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {
namespace {

using slipway::check;
using slipway::Error;

constexpr std::size_t widest = 100;  // columns; longer lines are hard to read

std::size_t terminal_width() {
  winsize size{};
  const bool known = ::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return std::clamp<std::size_t>(known ? size.ws_col : 80, 20, widest);
}

// Where a file of the repository lies in the toolkit: an install has the labs and the headers; a
// build folder leads to the sources.
std::string file_of(const std::string& path) {
  const Toolkit& kit = toolkit();
  for (const std::string& place :
       {path.starts_with("labs/") ? kit.labs + path.substr(4) : "",
        path.starts_with("labs/") ? kit.include + path.substr(4) : "",
        path.starts_with("src/") ? kit.include + path.substr(3) : "", kit.labs + "/../" + path})
    if (!place.empty() && slipway::exists(place)) return place;
  throw Error(fmt::format("{} is no file of this toolkit", path));
}

bool has_pager() {
  return ::system("command -v less >/dev/null 2>&1") == 0;
}

// The command of the pager, or nothing when the text goes straight to standard output.
std::string pager(const Options& options) {
  if (options.has("no-pager") || ::isatty(STDOUT_FILENO) != 1) return "";
  const char* given = ::getenv("PAGER");
  const std::string name = given != nullptr ? given : has_pager() ? "less -R" : "";
  return name == "cat" ? "" : name;
}

// A reader who leaves early is no error.
void page(const std::string& command, const std::string& text) {
  ::setenv("LESS", "FRX", 0);  // colours; a short text does not stay in the pager. less(1)
  slipway::Pipe pipe = slipway::make_pipe();
  slipway::Child reader = slipway::start({}, [&] {
    check(::dup2(pipe.read.get(), STDIN_FILENO), "set the pager's standard input");
    slipway::execute({"/bin/sh", "-c", command});
  });
  pipe.read.close();
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGINT, SIG_IGN);  // it is for the pager, as long as that runs
  try {
    slipway::write_all(pipe.write, text);
  } catch (const Error& error) {
    if (error.code() != EPIPE) throw;
  }
  pipe.write.close();
  const int status = reader.wait().status();
  if (status == 126 || status == 127) fmt::print("{}", text);
}

}  // namespace

std::string quoted_code(const std::string& path, const std::string& mark) {
  const std::string wanted = "//! [" + mark + "]";
  std::string code;
  int marks = 0;
  for (const std::string& line : slipway::read_lines(file_of(path))) {
    const size_t begin = line.find_first_not_of(' ');
    const std::string_view word =
        std::string_view(line).substr(begin == std::string::npos ? 0 : begin);
    if (word == wanted)
      ++marks;
    else if (marks == 1 && !word.starts_with("//! ["))
      code += line + "\n";
  }
  if (marks != 2)
    throw Error(
        fmt::format("{}: the mark {} stands {} times, it must be twice", path, wanted, marks));
  return code;
}

int command_show(const Words& words) {
  Options options("lab show LAB [--no-pager]",
                  "A lab's lesson, or one that has no lab, in the terminal.");
  options.add()("no-pager", "print it, whatever PAGER says");
  if (!options.read(words, 1, 1)) return exit_pass;
  const auto reading = find_reading(options.words()[0]);
  const std::string id = reading ? reading->id : find_lab(options.words()[0]).id;
  const std::string file = toolkit().lessons + "/" + id + ".md";
  if (!slipway::exists(file)) throw Error(fmt::format("the lesson of {} is missing: {}", id, file));
  const auto quote = [&](const std::string& path, const std::string& mark) -> std::string {
    try {
      return quoted_code(path, mark);
    } catch (const Error&) {  // an install has no sources of the library
      return fmt::format("// see {} in the source", path);
    }
  };
  const std::string text = render_lesson(slipway::read_file(file),
                                         {terminal_width(), colours(), toolkit().lessons, quote});
  const std::string reader = pager(options);
  if (reader.empty())
    fmt::print("{}", text);
  else
    page(reader, text);
  return exit_pass;
}

}  // namespace labkit
