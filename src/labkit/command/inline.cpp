#include "labkit/command/inline.hpp"

#include <fmt/core.h>

#include "labkit/report/text.hpp"

namespace labkit {
namespace {

enum class Style { plain, bold, italic, code };

struct Piece {
  std::string text;
  Style style;
};
using Word = std::vector<Piece>;

std::string paint(const Piece& piece, bool colours) {
  constexpr const char* codes[] = {"", "1", "4", "36"};
  if (!colours) return piece.style == Style::code ? "`" + piece.text + "`" : piece.text;
  if (piece.style == Style::plain) return piece.text;
  return fmt::format("\033[{}m{}\033[0m", codes[static_cast<int>(piece.style)], piece.text);
}

// "text" with where it leads to: a lesson by its command, a page by its address.
std::string link(const std::string& text, const std::string& target) {
  if (target.find("://") != std::string::npos)
    return text == target ? text : fmt::format("{} <{}>", text, target);
  const std::string file = target.substr(0, target.find('#'));
  const bool lesson = file.ends_with(".md") && file.find('/') == std::string::npos;
  if (lesson) return fmt::format("{} (lab show {})", text, file.substr(0, file.find('-')));
  const size_t name = file.find_first_not_of("./");
  if (name == std::string::npos) return text;  // a heading of this page
  return fmt::format("{} ({})", text, file.substr(name));
}

// Reads the markup from left to right; what has no end is taken as it stands.
class Scanner {
 public:
  explicit Scanner(const std::string& text) : text_(text) {}

  std::vector<Piece> pieces() {
    while (at_ < text_.size())
      if (!code() && !styled("**", Style::bold) && !styled("*", Style::italic) && !linked())
        plain();
    return std::move(pieces_);
  }

 private:
  void add(const std::string& text, Style style) {
    if (!pieces_.empty() && pieces_.back().style == style && style == Style::plain)
      pieces_.back().text += text;
    else
      pieces_.push_back({text, style});
  }

  void plain() {
    if (text_[at_] == '\\' && at_ + 1 < text_.size()) ++at_;  // \| and \* stand for themselves
    add(text_.substr(at_++, 1), Style::plain);
  }

  bool code() {
    if (text_[at_] != '`') return false;
    const size_t end = text_.find('`', at_ + 1);
    if (end == std::string::npos) return false;
    add(text_.substr(at_ + 1, end - at_ - 1), Style::code);
    at_ = end + 1;
    return true;
  }

  bool styled(const std::string& mark, Style style) {
    if (text_.compare(at_, mark.size(), mark) != 0) return false;
    const size_t begin = at_ + mark.size();
    const size_t end = text_.find(mark, begin);
    if (end == std::string::npos || end == begin || text_[begin] == ' ') return false;
    for (const Piece& piece : Scanner(text_.substr(begin, end - begin)).pieces())
      add(piece.text, piece.style == Style::plain ? style : piece.style);
    at_ = end + mark.size();
    return true;
  }

  bool linked() {
    if (text_[at_] != '[') return false;
    const size_t middle = text_.find("](", at_);
    const size_t end = middle == std::string::npos ? middle : text_.find(')', middle);
    if (end == std::string::npos) return false;
    const std::string text = text_.substr(at_ + 1, middle - at_ - 1);
    const std::string whole = link(text, text_.substr(middle + 2, end - middle - 2));
    for (const Piece& piece : Scanner(text).pieces()) add(piece.text, piece.style);
    add(whole.substr(text.size()), Style::plain);
    at_ = end + 1;
    return true;
  }

  const std::string text_;
  size_t at_ = 0;
  std::vector<Piece> pieces_;
};

// Cut at the spaces, each word with its styles.
std::vector<Word> words_of(const std::vector<Piece>& pieces) {
  std::vector<Word> words(1);
  for (const Piece& piece : pieces) {
    std::string part;
    const bool whole = piece.style == Style::code && piece.text.size() <= 30;
    for (char letter : piece.text) {
      if (letter != ' ' || whole) {
        part += letter;
        continue;
      }
      if (!part.empty()) words.back().push_back({part, piece.style});
      part.clear();
      if (!words.back().empty()) words.emplace_back();
    }
    if (!part.empty()) words.back().push_back({part, piece.style});
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

size_t columns_of(const Word& word, bool colours) {
  size_t columns = 0;
  for (const Piece& piece : word)
    columns += report::columns(piece.text) + (!colours && piece.style == Style::code ? 2 : 0);
  return columns;
}

}  // namespace

std::vector<std::string> render_paragraph(const std::string& text, std::size_t width,
                                          bool colours) {
  std::vector<std::string> lines(1);
  size_t used = 0;
  for (const Word& word : words_of(Scanner(text).pieces())) {
    const size_t columns = columns_of(word, colours);
    if (used > 0 && used + 1 + columns > width) {
      lines.emplace_back();
      used = 0;
    }
    if (used > 0) lines.back() += ' ';
    used += columns + (used > 0 ? 1 : 0);
    for (const Piece& piece : word) lines.back() += paint(piece, colours);
  }
  return lines;
}

}  // namespace labkit
