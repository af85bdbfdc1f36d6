#include "labkit/command/lesson.hpp"

#include <algorithm>

#include "labkit/command/inline.hpp"
#include "labkit/report/text.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"

namespace labkit {
namespace {

using Lines = std::vector<std::string>;

constexpr char fence[] = "```";

bool is_blank(const std::string& line) {
  return line.find_first_not_of(' ') == std::string::npos;
}

// How wide a list item's mark is ("- " is 2, "10. " is 4); 0 for a line that begins none.
size_t item_mark(const std::string& line) {
  if (line.starts_with("- ")) return 2;
  const size_t digits = line.find_first_not_of("0123456789");
  const bool numbered = digits != 0 && digits != std::string::npos;
  return numbered && line.compare(digits, 2, ". ") == 0 ? digits + 2 : 0;
}

bool begins_block(const std::string& line) {
  return is_blank(line) || line.starts_with(fence) || line.starts_with("#") ||
         line.starts_with(">") || line.starts_with("|") || line.starts_with("<details>") ||
         line.starts_with("</details>") || line.starts_with("![") ||
         line.starts_with("\\snippet ") || item_mark(line) > 0;
}

// The cells of a table's row. \| is no border.
Lines cells_of(const std::string& row) {
  Lines cells;
  std::string cell;
  for (size_t i = 1; i < row.size(); ++i) {
    if (row[i] == '\\' && i + 1 < row.size() && row[i + 1] == '|') {
      cell += row[++i];
    } else if (row[i] == '|') {
      cells.push_back(slipway::trimmed(cell));
      cell.clear();
    } else {
      cell += row[i];
    }
  }
  if (!slipway::trimmed(cell).empty()) cells.push_back(slipway::trimmed(cell));
  return cells;
}

// What a text takes when nothing breaks it. Escape sequences are not counted: it is plain here.
size_t natural_width(const std::string& cell) {
  return report::columns(render_paragraph(cell, 10000, false).front());
}

class Blocks {
 public:
  Blocks(const Lines& lines, size_t width, const LessonLook& look)
      : lines_(lines), width_(std::max<size_t>(width, 20)), look_(look) {}

  Lines render() {
    while (at_ < lines_.size()) {
      if (is_blank(lines_[at_])) {
        gap_ = true;
        ++at_;
        continue;
      }
      const bool item = item_mark(lines_[at_]) > 0;
      if (!out_.empty() && (gap_ || !(item && after_item_))) out_.emplace_back();
      gap_ = false;
      after_item_ = item;
      block();
    }
    return std::move(out_);
  }

 private:
  void block() {
    const std::string& line = lines_[at_];
    if (line.starts_with(fence)) return code();
    if (line.starts_with("\\snippet ")) return snippet();
    if (line.starts_with("![")) return picture();
    if (line.starts_with("#")) return heading();
    if (line.starts_with(">")) return note();
    if (line.starts_with("<details>")) return details();
    if (line.starts_with("|")) return table();
    if (item_mark(line) > 0) return item();
    paragraph();
  }

  std::string paint(const char* code, const std::string& text) const {
    return look_.colours ? fmt::format("\033[{}m{}\033[0m", code, text) : text;
  }

  Lines inner(const Lines& lines, size_t narrower) const {
    return Blocks(lines, width_ > narrower ? width_ - narrower : 1, look_).render();
  }

  void append(const Lines& lines, const std::string& first, const std::string& rest) {
    for (size_t i = 0; i < lines.size(); ++i) {
      const std::string& prefix = i == 0 ? first : rest;
      out_.push_back(lines[i].empty() && is_blank(prefix) ? "" : prefix + lines[i]);
    }
  }

  void paragraph() {
    std::string text = slipway::trimmed(lines_[at_++]);
    while (at_ < lines_.size() && !begins_block(lines_[at_]))
      text += " " + slipway::trimmed(lines_[at_++]);
    append(render_paragraph(text, width_, look_.colours), "", "");
  }

  void heading() {
    const std::string& line = lines_[at_++];
    const size_t level = line.find_first_not_of('#');
    const std::string text = level == std::string::npos ? "" : slipway::trimmed(line.substr(level));
    for (const std::string& part : render_paragraph(text, width_, false))
      out_.push_back(paint("1", part));
    if (!look_.colours && level < 3)
      out_.push_back(std::string(report::columns(out_.back()), level == 1 ? '=' : '-'));
  }

  // Code keeps its lines, however wide; what is typed in a transcript is bold.
  void code() {
    const bool console = lines_[at_++].starts_with("```console");
    bool goes_on = false;
    for (; at_ < lines_.size() && !lines_[at_].starts_with(fence); ++at_) {
      const std::string& line = lines_[at_];
      const bool typed = console && (goes_on || line.starts_with("$ ") || line.starts_with("# "));
      goes_on = typed && line.ends_with('\\');
      out_.push_back(line.empty() ? "" : "    " + (typed ? paint("1", line) : line));
    }
    ++at_;
  }

  void snippet() {
    const auto words = slipway::split(slipway::trimmed(lines_[at_++]), ' ');
    if (words.size() != 3) throw slipway::Error("a line \\snippet must have a path and a mark");
    out_.push_back(paint("2", "    // " + words[1]));
    for (const std::string& line : slipway::split(look_.quote(words[1], words[2]), '\n'))
      out_.push_back(line.empty() ? "" : "    " + line);
    while (out_.back().empty()) out_.pop_back();
  }

  // ![words](file.svg)
  void picture() {
    const std::string line = slipway::trimmed(lines_[at_++]);
    const size_t middle = line.rfind("](");
    if (middle == std::string::npos || !line.ends_with(')'))
      throw slipway::Error("a picture must be ![words](file.svg)");
    out_.push_back("│ " + paint("1", "Picture"));
    append(render_paragraph(line.substr(2, middle - 2), width_ - 2, look_.colours), "│ ", "│ ");
    const std::string file = line.substr(middle + 2, line.size() - middle - 3);
    out_.push_back("│ " + look_.folder + "/" + file);
  }

  void note() {
    Lines lines;
    std::string word;
    for (; at_ < lines_.size() && lines_[at_].starts_with(">"); ++at_) {
      const std::string line = lines_[at_].substr(lines_[at_].starts_with("> ") ? 2 : 1);
      if (line.starts_with("[!NOTE]"))
        word = "Note";
      else if (line.starts_with("[!WARNING]"))
        word = "Warning";
      else
        lines.push_back(line);
    }
    if (!word.empty()) out_.push_back("│ " + paint("1", word));
    append(inner(lines, 2), "│ ", "│ ");
  }

  void details() {
    constexpr std::string_view begin = "<details><summary>";
    std::string question = lines_[at_++];
    question = question.substr(std::min(begin.size(), question.size()));
    question = question.substr(0, question.find("</summary>"));
    Lines lines;
    while (at_ < lines_.size() && !lines_[at_].starts_with("</details>"))
      lines.push_back(lines_[at_++]);
    ++at_;
    append(render_paragraph("**" + question + "**", width_ - 2, look_.colours), "? ", "  ");
    out_.emplace_back();
    append(inner(lines, 2), "  ", "  ");
  }

  void item() {
    const size_t mark = item_mark(lines_[at_]);
    std::string first = lines_[at_].substr(0, mark);
    Lines lines = {lines_[at_++].substr(mark)};
    const std::string indent(mark, ' ');
    while (at_ < lines_.size()) {
      const bool inside = lines_[at_].starts_with(indent);
      const bool gap =
          is_blank(lines_[at_]) && at_ + 1 < lines_.size() && lines_[at_ + 1].starts_with(indent);
      const bool lazy = !is_blank(lines_.at(at_ - 1)) && !begins_block(lines_[at_]);
      if (!inside && !gap && !lazy) break;
      lines.push_back(inside ? lines_[at_].substr(mark) : slipway::trimmed(lines_[at_]));
      ++at_;
    }
    append(inner(lines, mark), first, indent);
  }

  void table() {
    std::vector<Lines> rows;
    for (; at_ < lines_.size() && lines_[at_].starts_with("|"); ++at_)
      if (lines_[at_].find_first_not_of("|-: ") != std::string::npos)
        rows.push_back(cells_of(lines_[at_]));
    const std::vector<size_t> widths = column_widths(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      table_row(rows[i], widths);
      if (i > 0) continue;
      std::string rule;
      for (size_t width : widths) rule += std::string(width, '-') + "  ";
      out_.push_back(slipway::trimmed(rule));
    }
  }

  // As wide as their content; when that is too wide, the widest gives way.
  std::vector<size_t> column_widths(const std::vector<Lines>& rows) const {
    std::vector<size_t> widths;
    for (const Lines& row : rows)
      for (size_t i = 0; i < row.size(); ++i) {
        if (i == widths.size()) widths.push_back(1);
        widths[i] = std::max(widths[i], natural_width(row[i]));
      }
    for (;;) {
      size_t all = 0;
      for (size_t width : widths) all += width + 2;
      const auto widest = std::ranges::max_element(widths);
      if (all <= width_ + 2 || widest == widths.end() || *widest <= 8) return widths;
      --*widest;
    }
  }

  void table_row(const Lines& row, const std::vector<size_t>& widths) {
    std::vector<Lines> shown;
    size_t height = 1;
    for (size_t i = 0; i < row.size(); ++i) {
      shown.push_back(render_paragraph(row[i], widths[i], false));
      height = std::max(height, shown.back().size());
    }
    for (size_t line = 0; line < height; ++line) {
      std::string text;
      for (size_t i = 0; i < row.size(); ++i) {
        const std::string cell = line < shown[i].size() ? shown[i][line] : "";
        const size_t used = report::columns(cell);
        text += cell + std::string(widths[i] > used ? widths[i] - used : 0, ' ') + "  ";
      }
      out_.push_back(text.substr(0, text.find_last_not_of(' ') + 1));
    }
  }

  const Lines& lines_;
  size_t width_;
  const LessonLook& look_;
  size_t at_ = 0;
  bool gap_ = false;
  bool after_item_ = false;
  Lines out_;
};

}  // namespace

std::string render_lesson(const std::string& markdown, const LessonLook& look) {
  const Lines lines = slipway::split(markdown, '\n');
  std::string text;
  for (const std::string& line : Blocks(lines, look.width, look).render()) text += line + "\n";
  return text;
}

}  // namespace labkit
