#include "labkit/report/text.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>

namespace labkit::report {
namespace {

struct Character {
  char32_t code = 0;
  std::size_t length = 1;  ///< In bytes.
  bool valid = false;
};

/// The first character of a text that is not empty. Overlong forms, surrogates and what lies beyond
/// U+10FFFF are as invalid as a stray byte: RFC 3629.
Character first_of(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1, true};
  const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return {};
  char32_t code = lead & (0xffU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {};
    code = (code << 6U) | (byte(i) & 0x3fU);
  }
  const bool overlong = (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return overlong || surrogate || code > 0x10ffff ? Character{} : Character{code, length, true};
}

struct Range {
  char32_t from, to;
  bool contains(char32_t code) const { return from <= code && code <= to; }
};

/// Without a glyph, or able to change how the text around them is read: Unicode's categories Cc,
/// Cf, Zl and Zp, with whatever else hides.
constexpr std::array<Range, 21> unseen{{
    {0x00, 0x1f},         // C0: escape, newline, backspace, ...
    {0x7f, 0x9f},         // delete; C1, where U+009B begins a sequence as escape does
    {0xad, 0xad},         // soft hyphen
    {0x600, 0x605},       // signs that enclose the text behind them
    {0x61c, 0x61c},       // Arabic letter mark
    {0x6dd, 0x6dd},       // signs that enclose, again
    {0x70f, 0x70f},       //
    {0x890, 0x891},       //
    {0x8e2, 0x8e2},       //
    {0x180b, 0x180f},     // Mongolian selectors
    {0x200b, 0x200f},     // zero width; marks of direction
    {0x2028, 0x202e},     // line and paragraph separators; overrides of direction
    {0x2060, 0x206f},     // isolates of direction
    {0xfe00, 0xfe0f},     // variation selectors
    {0xfeff, 0xfeff},     // byte order mark
    {0xfff0, 0xfffb},     // interlinear marks
    {0xfffe, 0xffff},     // no characters, and not allowed in XML
    {0x110bd, 0x110cd},   // Kaithi signs that enclose
    {0x13430, 0x1345f},   // joiners of hieroglyphs
    {0x1bca0, 0x1d17a},   // shorthand and musical controls, and what lies between
    {0xe0000, 0x10ffff},  // tags, selectors, private planes
}};

/// East Asian wide and emoji: two columns. Unicode's EastAsianWidth.txt, in coarse blocks.
constexpr std::array<Range, 8> wide{{{0x1100, 0x115f},
                                     {0x2e80, 0xa4cf},
                                     {0xac00, 0xd7a3},
                                     {0xf900, 0xfaff},
                                     {0xfe30, 0xfe6f},
                                     {0xff00, 0xff60},
                                     {0x1f300, 0x1faff},
                                     {0x20000, 0x3fffd}}};

template <std::size_t size>
bool among(const std::array<Range, size>& ranges, char32_t code) {
  return std::any_of(ranges.begin(), ranges.end(),
                     [&](const Range& range) { return range.contains(code); });
}

std::size_t width_of(char32_t code) {
  return among(wide, code) ? 2 : 1;
}

/// How many bytes of `text` fit into `columns`; at least one character.
std::size_t fitting(std::string_view text, std::size_t columns) {
  std::size_t bytes = 0;
  for (std::size_t used = 0; bytes < text.size();) {
    const Character next = first_of(text.substr(bytes));
    used += width_of(next.code);
    if (used > columns && bytes > 0) break;
    bytes += next.length;
  }
  return bytes;
}

/// For each byte of a shell command, whether a line may end before it: at a space outside quotes.
/// Where a backslash or a comment leaves doubt it says no.
std::vector<bool> breaks_of(std::string_view command) {
  std::vector<bool> breaks(command.size(), false);
  char quote = 0;
  for (std::size_t i = 0; i < command.size(); ++i) {
    const char c = command[i];
    if (c == '\\' && quote != '\'') {
      ++i;
    } else if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '#') {
      break;
    } else {
      breaks[i] = c == ' ';
    }
  }
  return breaks;
}

}  // namespace

std::string valid_utf8(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const Character next = first_of(bytes);
    text += next.valid ? bytes.substr(0, next.length) : "\xef\xbf\xbd";
    bytes.remove_prefix(next.length);
  }
  return text;
}

std::string visible(std::string_view line) {
  std::string text;
  std::size_t column = 0;
  while (!line.empty()) {
    const Character next = first_of(line);
    std::string shown(line.substr(0, next.length));
    if (next.code == '\t' && next.valid) {
      shown = std::string(8 - column % 8, ' ');
    } else if (!next.valid || next.code < 0x20 || next.code == 0x7f) {
      shown = fmt::format("\\x{:02x}", static_cast<unsigned char>(line[0]));
    } else if (among(unseen, next.code)) {
      shown = fmt::format("\\u{{{:x}}}", static_cast<unsigned>(next.code));
    }
    column += shown.size() == next.length ? width_of(next.code) : shown.size();
    text += shown;
    line.remove_prefix(next.length);
  }
  return text;
}

std::vector<std::string> visible_lines(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    lines.push_back(visible(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return lines;
}

std::string visible_text(std::string_view text) {
  return fmt::format("{}", fmt::join(visible_lines(text), "\n"));
}

std::string cut_characters(std::string_view text, std::size_t limit, std::string_view mark) {
  const std::string valid = valid_utf8(text);
  const auto starts = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80; };
  const auto count = [&](std::string_view some) {
    return static_cast<std::size_t>(std::count_if(some.begin(), some.end(), starts));
  };
  if (count(valid) <= limit) return valid;
  std::size_t left = limit - std::min(limit, count(mark));
  std::size_t bytes = 0;
  while (bytes < valid.size() && (left > 0 || !starts(valid[bytes]))) {
    if (starts(valid[bytes])) --left;
    ++bytes;
  }
  return valid.substr(0, bytes).append(mark);
}

std::string cut_bytes(std::string_view text, std::size_t limit, std::string_view mark) {
  std::string valid = valid_utf8(text);
  if (valid.size() <= limit) return valid;
  std::size_t bytes = limit - std::min(limit, mark.size());
  while (bytes > 0 && (static_cast<unsigned char>(valid[bytes]) & 0xc0U) == 0x80) --bytes;
  return valid.substr(0, bytes).append(mark);
}

std::size_t columns(std::string_view text) {
  std::size_t sum = 0;
  while (!text.empty()) {
    const Character next = first_of(text);
    sum += width_of(next.code);
    text.remove_prefix(next.length);
  }
  return sum;
}

std::vector<std::string> wrap(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  for (std::size_t most = 0; (most = fitting(text, width)) < text.size();) {
    // A line may end just before a space; a word wider than the line is cut.
    const std::size_t space = text.substr(0, most + 1).rfind(' ');
    const std::size_t end = space == std::string_view::npos || space == 0 ? most : space;
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  }
  if (!text.empty() || lines.empty()) lines.emplace_back(text);
  return lines;
}

std::vector<std::string> fold(std::string_view text, std::size_t width) {
  std::vector<std::string> lines;
  do {
    const std::size_t end = fitting(text, width);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end);
  } while (!text.empty());
  return lines;
}

std::vector<std::string> wrap_command(std::string_view command, std::size_t width) {
  const std::vector<bool> breaks = breaks_of(command);
  std::vector<std::string> lines;
  std::size_t begin = 0;
  while (fitting(command.substr(begin), width) < command.size() - begin) {
    const std::size_t most = begin + fitting(command.substr(begin), width - 2);
    std::size_t end = most;
    while (end > begin && !breaks[end]) --end;
    if (end ==
        begin) {  // No good place: cut where the line is full; only a very long word does this.
      lines.emplace_back(command.substr(begin, most - begin));
      begin = most;
    } else {
      lines.push_back(fmt::format("{} \\", command.substr(begin, end - begin)));
      begin = end + 1;
    }
  }
  lines.emplace_back(command.substr(begin));
  return lines;
}

}  // namespace labkit::report
