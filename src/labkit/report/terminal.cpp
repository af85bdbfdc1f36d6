#include <fmt/format.h>

#include <algorithm>

#include "labkit/report/telling.hpp"
#include "labkit/report/text.hpp"
#include "labkit/report/writers.hpp"

/// What a learner reads. Only lines that begin with a verdict in column 3 are ours to judge by, and
/// no text of others ever begins there: it is visible() and stands behind a margin of its own.
namespace labkit::report {
namespace {

constexpr std::size_t width = 100;
constexpr std::size_t margin = 17;        ///< Where the text of a row begins, behind its label.
constexpr std::size_t most_rows = 12;     ///< Of what the program printed.
constexpr std::size_t most_message = 30;  ///< Of a compiler's words, of which the first count.

/// One report under way.
class Page {
 public:
  Page(const Result& result, const Look& look) : result_(result), look_(look) {}

  std::string text() {
    if (result_.labs.empty()) line(verdict_line(Verdict::error, "", "no lab was checked"));
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

  std::string coloured(std::string_view text, std::string_view code) const {
    return look_.colours ? fmt::format("\x1b[{}m{}\x1b[0m", code, text) : std::string(text);
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

  std::string verdict_line(Verdict verdict, std::string_view points, std::string_view rest) const {
    const std::string word =
        fmt::format("{:<7}", verdict == Verdict::fail ? "FAIL" : name_of(verdict));
    return fmt::format("  {} {:>7}  {}", coloured(word, colour_of(verdict)), points, rest);
  }

  /// "20/20"; of a check that judged nothing, nothing that looks like a score.
  static std::string score(Verdict verdict, int points, int most) {
    const bool judged = verdict == Verdict::pass || verdict == Verdict::fail;
    return judged ? fmt::format("{}/{}", points, most) : fmt::format("-/{}", most);
  }

  void short_lab(const LabResult& lab) {
    const std::string title = fmt::format("{}  {}", visible(lab.lab), visible(lab.title));
    entry(lab.verdict, score(lab.verdict, lab.points, lab.max_points), title, 0);
  }

  void long_lab(const LabResult& lab) {
    if (!text_.empty()) line("");
    for (const std::string& part :
         wrap(fmt::format("{}: {}", visible(lab.lab), visible(lab.title)), width)) {
      line(coloured(part, "1"));
    }
    line("");
    std::size_t names = 0;
    for (const CheckResult& check : lab.checks)
      names = std::max(names, columns(visible(check.name)));
    for (const CheckResult& check : lab.checks) one_check(check, std::min<std::size_t>(names, 24));
    if (lab.checks.empty()) {
      const Verdict verdict = lab.verdict == Verdict::pass ? Verdict::error : lab.verdict;
      line(verdict_line(verdict, score(verdict, 0, lab.max_points), "no check ran"));
      line("");
    }
    if (!lab.message.empty()) {
      quote(visible_lines(lab.message), "", Part::first, most_message);
      line("");
    }
  }

  /// A verdict, its points and a text that is wrapped behind them.
  void entry(Verdict verdict, const std::string& points, const std::string& text,
             std::size_t hang) {
    constexpr std::size_t begin = 19;
    bool first = true;
    for (const std::string& part : wrap(text, width - begin - hang)) {
      line(first ? verdict_line(verdict, points, part) : std::string(begin + hang, ' ') + part);
      first = false;
    }
  }

  void one_check(const CheckResult& check, std::size_t names) {
    const std::string name = visible(check.name);
    const std::string gap(names > columns(name) ? names - columns(name) : 0, ' ');
    const std::string says = fmt::format("{}", fmt::join(visible_lines(check.says), " "));
    entry(check.verdict, score(check.verdict, check.points, check.max_points),
          fmt::format("{}{}  {}", name, gap, says), names + 2);
    if (check.verdict == Verdict::pass) return;
    line("");
    for (const Row& row : rows_of(check)) one_row(row);
    if (!check.output.empty()) {
      quote(visible_lines(check.output), "it printed", Part::last, most_rows);
    }
    line("");
  }

  /// "   label       text", the label only before the first line.
  void labelled(std::string_view& label, std::string_view text) {
    const std::string padded = fmt::format("{:<{}}", label, margin - 5);
    line(fmt::format("     {}{}", label.empty() ? padded : coloured(padded, "36"), text));
    label = {};
  }

  void one_row(const Row& row) {
    std::string_view label = row.label;
    std::size_t number = 0;
    for (const std::string& text : row.lines) {
      const std::string lead = row.kind == Row::Kind::steps     ? fmt::format("{:>2}. ", ++number)
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
    if (text_.empty() ||
        text_.substr(text_.size() - std::min<std::size_t>(2, text_.size())) != "\n\n") {
      line("");
    }
    const Verdict verdict = result_.verdict();
    const std::string points =
        fmt::format("{} of {} points", result_.points(), result_.max_points());
    wrapped(coloured(points, colour_of(verdict)), counts());
    wrapped("Repeat:", fmt::format("{}   (on {})", repeat_command(result_, look_.options),
                                   visible(result_.machine)));
    wrapped("Next:", next(verdict));
  }

  /// A first word, and a text that is wrapped as if the word had no colour.
  void wrapped(const std::string& word, const std::string& text) {
    bool first = true;
    for (const std::string& part : wrap(text, width - 32)) {
      line(first ? fmt::format("{} {}", word, part) : "  " + part);
      first = false;
    }
  }

  std::string counts() const {
    std::size_t of[4] = {};
    for (const Case& one : cases_of(result_)) ++of[static_cast<std::size_t>(one.verdict)];
    std::string text;
    for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::blocked, Verdict::error}) {
      const std::size_t count = of[static_cast<std::size_t>(verdict)];
      if (count == 0) continue;
      text += fmt::format("{}{} {}", text.empty() ? "(" : ", ", count, name_of(verdict));
    }
    return text + ")";
  }

  /// The first lab with that verdict, as `lab` is told it.
  std::string first_with(Verdict verdict) const {
    for (const LabResult& lab : result_.labs) {
      if (lab.verdict == verdict) return std::string(number_of(visible(lab.lab)));
    }
    return "";
  }

  std::string next(Verdict verdict) const {
    const std::string lab = first_with(verdict);
    switch (verdict) {
      case Verdict::pass:
        return fmt::format("lab list shows where you are; lab solution {} shows another way.", lab);
      case Verdict::fail:
        return fmt::format(
            "mend the first FAIL above; lab watch {0} checks at each save, lab hint {0} helps.",
            lab);
      case Verdict::blocked:
        return "the program was not judged. Mend the machine as said above; lab doctor tells more.";
      case Verdict::error:
        break;
    }
    return "the check broke, which is no fault of the program. Repeat it; if it breaks again, "
           "report it "
           "with the output of --format json.";
  }

  const Result& result_;
  const Look& look_;
  std::string text_;
};

}  // namespace

std::string write_terminal(const Result& result, const Look& look) {
  return Page(result, look).text();
}

}  // namespace labkit::report
