#include "labkit/workspace/compile.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include "labkit/subject/sandbox.hpp"
#include "labkit/toolkit.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

constexpr double longest = 120;                     // seconds; a lab takes one or two
constexpr std::int64_t largest_program = 64 << 20;  // bytes
constexpr char built_program[] = "/tmp/program";

bool is_unit(const std::string& source) {
  return source.ends_with(".cpp") || source.ends_with(".cc");
}

// The sources are copied from what was read as their owner: by now, the path may be a link to a
// file that only root may read.
SandboxOptions options_for(const std::vector<SourceFile>& sources, const std::string& folder) {
  SandboxOptions options;
  options.furniture.shown = {toolkit().include, toolkit().library};
  int number = 0;
  for (const SourceFile& source : sources) {
    const std::string copy = fmt::format("{}/source-{}", folder, ++number);
    slipway::write_all(slipway::open(copy, O_WRONLY | O_CREAT | O_TRUNC, 0600), source.text);
    options.furniture.copies.push_back({copy, source.path, 0644});
  }
  options.limits = {.memory = 2LL << 30, .processes = 128};
  options.disk = 512 << 20;
  return options;
}

// Out of the sandbox, where the compiler (and with it whatever made it do so) has written it.
void fetch(const Sandbox& sandbox, const std::string& target) {
  const slipway::Descriptor from = sandbox.open_inside(built_program);
  struct stat info;
  slipway::check(::fstat(from.get(), &info), "look at the compiled program");
  if (info.st_size > largest_program)
    throw slipway::Error(fmt::format("the compiled program has {} bytes; the most is {}",
                                     info.st_size, largest_program));
  const slipway::Descriptor to = slipway::open(target, O_WRONLY | O_CREAT | O_EXCL, 0755);
  slipway::write_all(to, slipway::read_all(from));
}

}  // namespace

std::vector<std::string> compile_command(const std::vector<std::string>& sources,
                                         const std::string& output) {
  const Toolkit& kit = toolkit();
  std::vector<std::string> command = {"/usr/bin/c++",    "-std=c++20", "-O0",
                                      "-Wall",           "-Wextra",    "-fdiagnostics-color=never",
                                      "-I" + kit.include};
  const std::string prelude = kit.include + "/frame/prelude.hpp";
  if (slipway::exists(prelude + ".gch")) {
    command.push_back("-include");
    command.push_back(prelude);
  }
  for (const std::string& source : sources)
    if (is_unit(source)) command.push_back(source);
  command.insert(command.end(),
                 {"-o", output, "-L" + kit.library, "-lslipway_frame", "-lslipway", "-lfmt"});
  return command;
}

Compiled compile(const LabInfo& lab, const std::vector<SourceFile>& sources, Run& run) {
  if (!slipway::exists("/usr/bin/c++"))
    throw slipway::Error("there is no compiler /usr/bin/c++ here: apt-get install g++");
  const std::string name = run.next_name();
  const std::string folder = run.make_folder(name);
  Sandbox sandbox(name, folder, options_for(sources, run.folder()));
  std::vector<std::string> paths;
  for (const SourceFile& source : sources) paths.push_back(source.path);
  Subject& compiler = sandbox.run(compile_command(paths, built_program));
  const auto exit = compiler.wait(longest);
  Compiled compiled;
  compiled.messages = compiler.errors();
  if (!exit)
    compiled.messages += fmt::format("\nthe compiler was ended after {} seconds\n", longest);
  if (!exit || exit->status() != 0) return compiled;
  compiled.program = run.folder() + "/" + lab.program;
  ::unlink(compiled.program.c_str());
  fetch(sandbox, compiled.program);
  compiled.ok = true;
  return compiled;
}

}  // namespace labkit
