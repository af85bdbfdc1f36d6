#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Text of others (what a program printed, what a guest wrote) made fit to be shown. utf-8(7).
namespace labkit::report {

/// The same text with U+FFFD for whatever is not UTF-8.
std::string valid_utf8(std::string_view bytes);

/// One line in which nothing can move the cursor, hide, or turn the order of reading: a control
/// character is shown as \x1b, another such character as \u{202e}, a stray byte as \xff, and a tab
/// as the spaces up to the next eighth column. A newline is a control character here.
std::string visible(std::string_view line);

/// Cut at its newlines, each line visible(); no empty last line.
std::vector<std::string> visible_lines(std::string_view text);

/// visible_lines() with newlines between them: fit for XML, for a web page, for a log.
std::string visible_text(std::string_view text);

/// At most `limit` characters (code points) of valid UTF-8, the last of them `mark` when it was
/// more.
std::string cut_characters(std::string_view text, std::size_t limit, std::string_view mark);

/// The same, counting bytes and never cutting a character in two.
std::string cut_bytes(std::string_view text, std::size_t limit, std::string_view mark);

/// How many columns a terminal needs for visible text.
std::size_t columns(std::string_view text);

/// Visible text broken at its spaces so that no line is wider than `width`; at least one line.
std::vector<std::string> wrap(std::string_view text, std::size_t width);

/// Broken at `width` exactly, with all its spaces: for text whose columns mean something.
std::vector<std::string> fold(std::string_view text, std::size_t width);

/// A shell command broken at spaces outside its quotes, each line but the last ending in a
/// backslash, so that it still can be pasted. Only a word wider than the line is cut, and then it
/// cannot.
std::vector<std::string> wrap_command(std::string_view command, std::size_t width);

}  // namespace labkit::report
