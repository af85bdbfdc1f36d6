#include "labkit/verdict/trial.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <map>

#include "labkit/toolkit.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

constexpr char program_folder[] = "/lab/";
constexpr char helper_path[] = "/lab/payload";

// The command as one would type it, for the learner to read.
std::string as_typed(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) {
    const bool plain =
        !word.empty() && word.find_first_of(" \t\n'\"\\$&|;<>()*?") == std::string::npos;
    line += (line.empty() ? "" : " ") + (plain ? word : "'" + word + "'");
  }
  return line;
}

std::map<std::string, std::vector<Check>>& registry() {
  static std::map<std::string, std::vector<Check>> labs;
  return labs;
}

}  // namespace

Trial::Trial(const TrialOptions& options) : options_(options), random_(options.seed) {}

std::int64_t Trial::between(std::int64_t least, std::int64_t most) {
  // Not uniform_int_distribution: each library draws other numbers from the same seed.
  return least +
         static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(most - least + 1));
}

std::string Trial::token(const std::string& prefix) {
  return fmt::format("{}-{:06x}", prefix, random_() & 0xffffff);
}

Sandbox& Trial::sandbox() {
  if (!sandbox_) {
    options_.sandbox.furniture.copies.push_back(
        {options_.program, program_folder + options_.name, 0755});
    sandbox_ = std::make_unique<Sandbox>(options_.id, options_.folder, options_.sandbox);
    payload_files_ = {file_id(fmt::format("/proc/{}/exe", sandbox_->init()))};
    for (const std::string& root : options_.sandbox.furniture.roots)
      payload_files_.push_back(
          file_id(fmt::format("/proc/{}/root{}/payload", sandbox_->init(), root)));
  }
  return *sandbox_;
}

void Trial::drain() const {
  if (!sandbox_) return;
  for (const auto& subject : sandbox_->subjects()) subject->drain();
}

Subject& Trial::run(const std::vector<std::string>& arguments, const RunAs& as) {
  std::vector<std::string> command{program_folder + options_.name};
  command.insert(command.end(), arguments.begin(), arguments.end());
  std::vector<std::string> shown = command;
  shown.front() = options_.name;
  const bool root = as.user == 0;
  step((root ? "run: " : fmt::format("as user {}, group {}, run: ", as.user, as.group)) +
       as_typed(shown) +
       (as.socket == -1 ? "" : fmt::format("   (with a socket open, as {})", as.socket)));
  try {
    return sandbox().run(command, as);
  } catch (const slipway::Error& error) {
    if (error.exit_status() == 125) throw;
    fail({.should = "The program can be executed.",
          .saw = error.what(),
          .where = "execve(2) of the program",
          .look = fmt::format("head -c 80 {} | od -c", options_.program),
          .cause =
              "It was built for another machine, or its interpreter (the line #!) or a library is "
              "not in the sandbox: --with shows it a file or folder.",
          .mend = ""});
  }
}

std::vector<std::string> Trial::payload(std::vector<std::string> words, const std::string& token) {
  words.insert(words.begin(), helper_path);
  words.push_back(token);
  return words;
}

Subject& Trial::start_payload(const std::vector<std::string>& words, const std::string& token) {
  const std::vector<std::string> command = payload(words, token);
  step("start beside it: " + as_typed(command));
  return sandbox().run(command);
}

// By the file itself; or, where a program has put a file system of its own before it, by all of its
// bytes.
bool Trial::is_payload(pid_t pid) {
  if (std::ranges::find(payload_files_, executable_of(pid)) != payload_files_.end()) return true;
  try {
    // Opened once: between two looks at its link a process may become another program.
    const slipway::Descriptor file = slipway::open(fmt::format("/proc/{}/exe", pid));
    struct stat its;
    struct stat ours;
    if (::fstat(file.get(), &its) == -1 || ::stat(toolkit().payload.c_str(), &ours) == -1 ||
        its.st_size != ours.st_size ||
        slipway::read_all(file) != slipway::read_file(toolkit().payload))
      return false;
    payload_files_.push_back({its.st_dev, its.st_ino});
    return true;
  } catch (const slipway::Error&) {
    return false;  // it has just ended
  }
}

std::vector<Process> Trial::payloads(const std::string& token) {
  std::vector<Process> found;
  for (pid_t pid : sandbox().groups().members()) {
    if (!is_payload(pid)) continue;
    const std::optional<Process> process = look_at(pid);
    const bool ours = process && !process->arguments.empty() && process->arguments.back() == token;
    if (ours && process->state != 'Z') found.push_back(*process);
  }
  std::ranges::sort(found, {}, [](const Process& p) { return std::pair(p.start_time, p.pid); });
  return found;
}

std::vector<Process> Trial::await_payloads(Subject& program, const std::string& token,
                                           size_t count) {
  std::vector<Process> found;
  const bool came = eventually(5, [&] {
    found = payloads(token);
    return found.size() >= count || program.wait(0).has_value();
  });
  if (found.size() >= count) {
    step(fmt::format("wait for the {} of the command: here", count == 1 ? "process" : "processes"));
    return found;
  }
  const auto exit = program.wait(0);
  std::string saw = fmt::format("{} of the command's {} processes appeared", found.size(), count);
  if (exit)
    saw += fmt::format(", and the program ended with status {}", exit->status());
  else if (!came)
    saw += fmt::format(" within {:.0f} seconds", 5 * patience());
  fail({.should = "The program runs COMMAND, with all the words that follow it.",
        .saw = saw,
        .where = "/proc, every process of the program",
        .look = "ps -e -o pid,ppid,stat,args --forest | less",
        .cause = exit ? "The program's own words, below, say why it ended." : "",
        .mend = ""});
}

bool Trial::eventually(double seconds, const std::function<bool()>& condition) {
  const double end = now() + seconds * patience();
  double pause = 0.0005;
  for (double begin = now(); !condition(); begin = now()) {
    if (now() > end) return false;
    drain();
    // A look may be slow itself: what is looked at has half of the time at least.
    ::usleep(static_cast<useconds_t>(std::clamp(now() - begin, pause, 0.2) * 1e6));
    pause = std::min(2 * pause, 0.05);
  }
  return true;
}

slipway::Exit Trial::await_end(Subject& program, double seconds, const std::string& why) {
  const auto exit = program.wait(seconds * patience());
  if (exit) {
    step(
        fmt::format("wait for its end: {} {}", exit->by_signal ? "signal" : "status", exit->value));
    return *exit;
  }
  fail({.should = why,
        .saw = fmt::format("it is still running after {:.0f} seconds", seconds * patience()),
        .where = fmt::format("/proc/{}/stat", program.pid()),
        .look = "ps -o pid,stat,wchan:20,args f",
        .cause = "",
        .mend = ""});
}

void Trial::pause(double seconds) {
  const double end = now() + seconds;
  while (now() < end) {
    drain();
    ::usleep(static_cast<useconds_t>(std::clamp((end - now()) * 1e6, 0.0, 20e3)));
  }
}

void Trial::step(const std::string& what) {
  steps_.push_back(what);
}

void Trial::expect(bool so, const Finding& finding) const {
  if (!so) fail(finding);
}

void Trial::fail(const Finding& finding) const {
  throw Failure{finding};
}

void Trial::blocked(const std::string& lacks, const std::string& mend) const {
  throw Blocked{lacks, mend};
}

std::string Trial::printed() const {
  std::string text;
  drain();
  if (sandbox_)
    for (const auto& subject : sandbox_->subjects()) text += subject->output() + subject->errors();
  return text;
}

Lab::Lab(const std::string& id, std::vector<Check> checks) {
  registry().emplace(id, std::move(checks));
}

const std::vector<Check>& Lab::checks(const std::string& id) {
  return registry()[id];
}

}  // namespace labkit
