#include <algorithm>
#include <span>

#include "labkit/command/lesson.hpp"
#include "labkit/command/lint.hpp"
#include "labkit/report/text.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

// docs/writing-lessons.md, "The shape of a lesson".
using Sections = std::span<const std::string_view>;
constexpr std::string_view sections_of_lab[] = {"What you will be able to do",
                                                "Try it by hand",
                                                "How the kernel sees it",
                                                "The steps",
                                                "Break it",
                                                "The check",
                                                "How runc and crun do it",
                                                "Questions",
                                                "Read on"};
constexpr std::string_view sections_of_reading[] = {"What you will be able to do", "Try it by hand",
                                                    "How the kernel sees it", "Questions",
                                                    "Read on"};
constexpr std::string_view fence_words[] = {"console", "sh",      "cpp",  "c",      "json",
                                            "toml",    "ini",     "diff", "python", "cmake",
                                            "yaml",    "diagram", "text"};
constexpr std::string_view unfinished[] = {"TODO", "FIXME", "XXX", "TBD"};
constexpr size_t widest_transcript = 100;  // columns

class Lesson {
 public:
  Lesson(std::string number, Sections sections, const std::string& file, LintFindings& findings)
      : lesson_(std::move(number)), sections_(sections), file_(file), findings_(findings) {}

  void read() {
    for (const std::string& line : slipway::read_lines(file_)) {
      ++number_;
      if (number_ == 1) title(line);
      words(line);
      fence(line);
      if (fenced_) continue;
      if (line.starts_with("## ")) section(line.substr(3));
      if (line.starts_with("\\snippet ")) snippet(line);
      if (line.starts_with("![")) picture(line);
    }
    if (fenced_) add("a block of code is not closed");
    number_ = 0;
    if (next_ < sections_.size())
      add(fmt::format("the section \"## {}\" is missing, or not in its place", sections_[next_]));
  }

 private:
  void add(const std::string& what) { findings_.push_back({file_, number_, what}); }

  void title(const std::string& line) {
    const std::string begin = fmt::format("# {}: ", lesson_);
    if (!line.starts_with(begin) || line.size() == begin.size())
      add(fmt::format("the first line must be the title, \"{}...\"", begin));
  }

  void words(const std::string& line) {
    // What a starter says is no promise of the lesson's own: code may have the word.
    bool code = fenced_;
    std::string plain;
    for (char letter : line) {
      if (letter == '`') code = !code;
      if (!code) plain += letter;
    }
    for (std::string_view word : unfinished)
      if (plain.find(word) != std::string::npos) add(fmt::format("{}: finish it", word));
    if (fenced_ && report::columns(line) > widest_transcript)
      add(fmt::format("a line of {} columns; the most is {}", report::columns(line),
                      widest_transcript));
  }

  void fence(const std::string& line) {
    const size_t begin = line.find_first_not_of(' ');
    if (begin == std::string::npos || line.compare(begin, 3, "```") != 0) return;
    const size_t end = line.find_first_not_of('`', begin);
    const size_t ticks = (end == std::string::npos ? line.size() : end) - begin;
    if (fenced_) {
      if (ticks >= ticks_ && end == std::string::npos) fenced_ = false;
      return;
    }
    fenced_ = true;
    ticks_ = ticks;
    const std::string word = end == std::string::npos ? "" : line.substr(end);
    if (std::ranges::find(fence_words, word) == std::end(fence_words))
      add(fmt::format("\"{}\" is no word for a block of code; docs/writing-lessons.md has them",
                      word));
  }

  void section(const std::string& name) {
    const auto known = std::ranges::find(sections_, name);
    if (known == sections_.end())
      return add(
          fmt::format("\"## {}\" is no section of a lesson; docs/writing-lessons.md has them "
                      "(### for what is below one)",
                      name));
    const auto place = static_cast<size_t>(known - sections_.begin());
    if (place != next_ && next_ < sections_.size())
      add(fmt::format("here should be \"## {}\", not \"## {}\"", sections_[next_], name));
    next_ = std::max(next_, place + 1);
  }

  void picture(const std::string& line) {
    const size_t middle = line.rfind("](");
    if (middle == std::string::npos || !line.ends_with(".svg)"))
      return add("a picture must be ![words](file.svg), alone in its line");
    if (line.find_first_not_of(' ', 2) == middle)
      add("a picture must have words, for those who do not see it: ![words](file.svg)");
    const std::string name = line.substr(middle + 2, line.size() - middle - 3);
    const std::string picture = file_.substr(0, file_.rfind('/') + 1) + name;
    if (!slipway::exists(picture)) add(fmt::format("there is no picture {}", picture));
  }

  void snippet(const std::string& line) {
    const auto words = slipway::split(line, ' ');
    if (words.size() != 3) return add("\\snippet must have a path and a mark behind it");
    const bool own = words[1].starts_with("labs/") && words[1].ends_with("/lab.cpp");
    try {
      if (own && is_step(words[1], words[2]))
        return add(
            fmt::format("it quotes the step [{}]: a lesson never gives a step away", words[2]));
      quoted_code(words[1], words[2]);
    } catch (const slipway::Error& error) {
      add(error.what());
    }
  }

  static bool is_step(const std::string& path, const std::string& mark) {
    const std::string id = path.substr(5, path.size() - 5 - std::string_view("/lab.cpp").size());
    const std::vector<LabInfo> labs = catalog();
    const auto lab = std::ranges::find(labs, id, &LabInfo::id);
    return lab != labs.end() &&
           std::ranges::find(lab->steps, mark, &LabInfo::Step::name) != lab->steps.end();
  }

  std::string lesson_;  // its number
  Sections sections_;
  std::string file_;
  LintFindings& findings_;
  int number_ = 0;
  size_t next_ = 0;  // the section that should come
  bool fenced_ = false;
  size_t ticks_ = 0;
};

}  // namespace

void lint_lesson(const LabInfo& lab, const std::string& file, LintFindings& findings) {
  if (!slipway::exists(file)) return findings.push_back({file, 0, "the lesson is missing"});
  Lesson(lab.number(), sections_of_lab, file, findings).read();
}

void lint_reading(const Reading& reading, const std::string& file, LintFindings& findings) {
  Lesson(reading.number(), sections_of_reading, file, findings).read();
}

}  // namespace labkit
