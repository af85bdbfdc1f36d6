#include <fmt/ranges.h>

#include <algorithm>

#include "labkit/report/telling.hpp"
#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"

/// What a learner reads. Only lines that begin with a verdict in column 3 are ours to judge by, and
/// no text of others ever begins there: it is visible() and stands behind a margin of its own.
namespace labkit::report {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t margin = 17;  ///< Where the text of a row begins, behind its label.
constexpr std::size_t most_name = 24;
constexpr std::size_t most_rows = 12;     ///< Of what the program printed.
constexpr std::size_t most_message = 30;  ///< Of a compiler's words, of which the first count.

/// One report under way.
class Page {
 public:
  Page(const Result& result, const Look& look)
      : result_(result), look_(look), cases_(cases_of(result)) {}

  std::string text() {
    if (result_.labs.empty()) entry(Verdict::error, "", "", "no lab was checked");
    for (const LabResult& lab : result_.labs) {
      // Among many labs those that pass need one line each.
      if (result_.labs.size() > 1 && lab.verdict == Verdict::pass && !lab.checks.empty()) {
        short_lab(lab);
      } else {
        long_lab(lab);
      }
    }
    ending();
    return text_;
  }

 private:
  void line(std::string_view text) { text_.append(text).append("\n"); }

  /// An empty line, unless there is one already.
  void blank() {
    const bool open = text_.size() > 1 && text_.compare(text_.size() - 2, 2, "\n\n") != 0;
    if (open) line("");
  }

  std::string coloured(std::string_view text, std::string_view code) const {
    return look_.colours && !text.empty() ? fmt::format("\x1b[{}m{}\x1b[0m", code, text)
                                          : std::string(text);
  }

  static std::string_view colour_of(Verdict verdict) {
    switch (verdict) {
      case Verdict::pass:
        return "32";  // green
      case Verdict::fail:
        return "1;31";  // bold red
      case Verdict::blocked:
        return "33";  // yellow
      case Verdict::error:
        break;
    }
    return "35";  // magenta
  }

  /// "20/20"; of a check that judged nothing, nothing that looks like a score.
  static std::string score(Verdict verdict, int points, int most) {
    const bool judged = verdict == Verdict::pass || verdict == Verdict::fail;
    return judged ? fmt::format("{}/{}", points, most) : fmt::format("-/{}", most);
  }

  void short_lab(const LabResult& lab) {
    entry(lab.verdict, score(lab.verdict, lab.points, lab.max_points), visible(lab.lab) + "  ",
          visible(lab.title));
  }

  void long_lab(const LabResult& lab) {
    blank();
    wrapped("", "1", fmt::format("{}: {}", visible(lab.lab), visible(lab.title)));
    blank();
    std::size_t names = 0;
    for (const CheckResult& check : lab.checks) {
      names = std::max(names, columns(visible(check.name)));
    }
    for (const CheckResult& check : lab.checks) one_check(check, std::min(names, most_name));
    if (lab.checks.empty()) {
      const Verdict verdict = lab.verdict == Verdict::pass ? Verdict::error : lab.verdict;
      entry(verdict, score(verdict, 0, lab.max_points), "", "no check ran");
      blank();
    }
    if (!lab.message.empty()) {
      quote(visible_lines(lab.message), "", Part::first, most_message);
      blank();
    }
  }

  /// A verdict, its points, a name, and a text that is wrapped behind them.
  void entry(Verdict verdict, const std::string& points, std::string name, std::string text) {
    if (columns(name) > most_name + 2) {
      text = name + text;
      name.clear();
    }
    const std::string word =
        fmt::format("{:<7}", verdict == Verdict::fail ? "FAIL" : name_of(verdict));
    std::string lead =
        fmt::format("  {} {:>7}  {}", coloured(word, colour_of(verdict)), points, name);
    const std::size_t begin = 12 + std::max<std::size_t>(points.size(), 7) + columns(name);
    for (const std::string& part : wrap(text, width - begin)) {
      line(lead + part);
      lead = std::string(begin, ' ');
    }
  }

  void one_check(const CheckResult& check, std::size_t names) {
    std::string name = visible(check.name);
    const std::size_t used = columns(name);
    name.append(2 + (names > used ? names - used : 0), ' ');
    entry(check.verdict, score(check.verdict, check.points, check.max_points), name,
          fmt::format("{}", fmt::join(visible_lines(check.says), " ")));
    if (check.verdict == Verdict::pass) return;
    blank();
    for (const Row& row : rows_of(check)) one_row(row);
    if (!check.output.empty()) {
      quote(visible_lines(check.output), "it printed", Part::last, most_rows);
    }
    blank();
  }

  /// "   label       text", the label only before the first line.
  void labelled(std::string_view& label, std::string_view text) {
    const std::string padded = fmt::format("{:<{}}", label, margin - 5);
    line(fmt::format("     {}{}", label.empty() ? padded : coloured(padded, "36"), text));
    label = {};
  }

  void one_row(const Row& row) {
    std::string_view label = row.label;
    const std::size_t digits = fmt::to_string(row.lines.size()).size();
    std::size_t number = 0;
    for (const std::string& text : row.lines) {
      const std::string lead = row.kind == Row::Kind::steps
                                   ? fmt::format("{:>{}}. ", ++number, digits)
                               : row.kind == Row::Kind::command ? "$ "
                                                                : "";
      const std::size_t room = width - margin - lead.size();
      const std::string hang(lead.size(), ' ');
      bool first = true;
      for (const std::string& part :
           row.kind == Row::Kind::command ? wrap_command(text, room) : wrap(text, room)) {
        labelled(label, (first ? lead : hang) + part);
        first = false;
      }
    }
  }

  enum class Part { first, last };

  /// Text of others, each line of it behind a bar; the first or the last rows of it when it is
  /// long.
  void quote(const std::vector<std::string>& lines, std::string_view label, Part part,
             std::size_t most) {
    std::vector<std::string> rows;
    for (const std::string& text : lines) {
      for (std::string& row : fold(text, width - margin - 2)) rows.push_back(std::move(row));
    }
    const std::size_t hidden = rows.size() > most ? rows.size() - most : 0;
    const auto from = rows.begin() + (part == Part::last ? static_cast<std::ptrdiff_t>(hidden) : 0);
    const std::string left = fmt::format("({} more lines: --format json has them)", hidden);
    if (hidden > 0 && part == Part::last) labelled(label, left);
    for (auto row = from; row != from + static_cast<std::ptrdiff_t>(rows.size() - hidden); ++row) {
      labelled(label, "| " + *row);
    }
    if (hidden > 0 && part == Part::first) labelled(label, left);
  }

  void ending() {
    blank();
    const std::string points =
        fmt::format("{} of {} points", result_.points(), result_.max_points());
    wrapped(points, colour_of(result_.verdict()), counts());
    wrapped(
        "Seed", "2",
        fmt::format("{} on {}", result_.seed, cut_characters(visible(result_.machine), 60, "...")));
    wrapped("Repeat:", "1", repeat_command(result_, look_.options));
    for (const std::string& advice : next()) wrapped("Next:", "1", advice);
  }

  /// A first word in colour (or the whole line, without such a word) and a text, wrapped together.
  void wrapped(const std::string& word, std::string_view colour, const std::string& text) {
    constexpr std::size_t hang = 8;
    bool first = true;
    for (const std::string& part :
         wrap(word.empty() ? text : fmt::format("{} {}", word, text), width - hang)) {
      const std::size_t ours = word.empty() ? part.size() : first ? word.size() : 0;
      const std::string shown = coloured(part.substr(0, ours), colour) + part.substr(ours);
      line(first ? shown : std::string(hang, ' ') + shown);
      first = false;
    }
  }

  std::string counts() const {
    std::size_t of[4] = {};
    for (const Case& one : cases_) ++of[static_cast<std::size_t>(one.verdict)];
    std::string text;
    for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::blocked, Verdict::error}) {
      const std::size_t count = of[static_cast<std::size_t>(verdict)];
      if (count == 0) continue;
      text += fmt::format("{}{} {}", text.empty() ? "(" : ", ", count, name_of(verdict));
    }
    return text + ")";
  }

  /// What to do about the first case with that verdict; nothing when there is none.
  void advise(std::vector<std::string>& advice, Verdict verdict, std::string_view text) const {
    for (const Case& one : cases_) {
      if (one.verdict != verdict) continue;
      advice.push_back(fmt::format(fmt::runtime(text), number_of(one.lab)));
      return;
    }
  }

  std::vector<std::string> next() const {
    std::vector<std::string> advice;
    advise(advice, Verdict::fail,
           "mend the first FAIL above. `lab watch {0}` checks at each save, `lab hint {0}` helps.");
    advise(advice, Verdict::blocked,
           "mend the machine as said above, for {} could not be judged on it. `lab doctor` tells "
           "more.");
    advise(
        advice, Verdict::error,
        "repeat it, for a check of {} broke, which is no fault of the program. If it breaks again, "
        "report it with what `--format json` writes.");
    if (advice.empty()) {
      advise(advice, Verdict::pass,
             "`lab list` shows where you are, `lab solution {}` another way to write it.");
    }
    return advice;
  }

  const Result& result_;
  const Look& look_;
  const std::vector<Case> cases_;
  std::string text_;
};

}  // namespace

std::string write_terminal(const Result& result, const Look& look) {
  return Page(result, look).text();
}

}  // namespace labkit::report
