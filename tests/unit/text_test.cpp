#include "labkit/report/text.hpp"

#include <cstdio>

#include "catch.hpp"

using namespace labkit::report;

namespace {

using Lines = std::vector<std::string>;

std::string shell(const std::string& script) {
  std::FILE* pipe = ::popen(script.c_str(), "r");  // NOLINT: a fixed script
  if (pipe == nullptr) return "no shell";
  std::string text;
  for (int c = 0; (c = std::fgetc(pipe)) != EOF;) text += static_cast<char>(c);
  ::pclose(pipe);
  return text;
}

}  // namespace

TEST_CASE("what is not UTF-8 becomes U+FFFD, byte by byte") {
  CHECK(valid_utf8("gr\xc3\xbc\xc3\x9f") == "gr\xc3\xbc\xc3\x9f");
  CHECK(valid_utf8("a\xff") == "a\xef\xbf\xbd");
  CHECK(valid_utf8("\xc0\xaf") == "\xef\xbf\xbd\xef\xbf\xbd");                  // overlong
  CHECK(valid_utf8("\xe0\x80\xaf") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // overlong
  CHECK(valid_utf8("\xed\xa0\x80") == "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd");  // surrogate
  CHECK(valid_utf8("\xf4\x90\x80\x80").size() == 12);                           // beyond U+10FFFF
  CHECK(valid_utf8("\xe2\x82") == "\xef\xbf\xbd\xef\xbf\xbd");                  // cut short
  CHECK(valid_utf8("\xf4\x8f\xbf\xbf") == "\xf4\x8f\xbf\xbf");
}

TEST_CASE("visible text holds nothing that acts") {
  CHECK(visible("plain") == "plain");
  CHECK(visible("a\x1b[2Jb\r\n") == "a\\x1b[2Jb\\x0d\\x0a");
  CHECK(visible(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(visible("\x7f\xff") == "\\x7f\\xff");
  CHECK(visible("\xc2\x9b") == "\\u{9b}");
  CHECK(visible("\xe2\x80\xae") == "\\u{202e}");
  CHECK(visible("\xef\xbf\xbf") == "\\u{ffff}");
  CHECK(visible("ab\tc\td") == "ab      c       d");
  CHECK(visible("\xe6\xbc\xa2\tc") == "\xe6\xbc\xa2      c");
  CHECK(visible("\xff\tc") == "\\xff    c");
}

TEST_CASE("text is cut into its lines") {
  CHECK(visible_lines("") == Lines{});
  CHECK(visible_lines("a\n") == Lines{"a"});
  CHECK(visible_lines("\na\n\nb") == Lines{"", "a", "", "b"});
  CHECK(visible_text("a\nb\n") == "a\nb");
}

TEST_CASE("text is cut short between characters, with a mark") {
  const std::string three = "\xc3\xa9\xc3\xa9\xc3\xa9";
  CHECK(cut_characters(three, 3, "..") == three);
  CHECK(cut_characters(three + "!", 3, "..") == "\xc3\xa9..");
  CHECK(cut_bytes(three, 6, "..") == three);
  CHECK(cut_bytes(three, 5, "..") == "\xc3\xa9..");
  CHECK(cut_bytes(three, 4, "") == "\xc3\xa9\xc3\xa9");
  CHECK(cut_bytes("\xff\xff", 4, "") == "\xef\xbf\xbd");
}

TEST_CASE("sentences wrap at spaces, other text where the line is full") {
  CHECK(wrap("", 10) == Lines{""});
  CHECK(wrap("one two three", 7) == Lines{"one two", "three"});
  CHECK(wrap("one two three", 13) == Lines{"one two three"});
  CHECK(wrap("longer-than-it x", 6) == Lines{"longer", "-than-", "it x"});
  CHECK(wrap("   x", 2) == Lines{"  ", "x"});
  CHECK(fold("ab  cd", 3) == Lines{"ab ", " cd"});
  CHECK(fold("", 3) == Lines{""});
  CHECK(fold("\xe6\xbc\xa2\xe5\xad\x97", 3) == Lines{"\xe6\xbc\xa2", "\xe5\xad\x97"});
  CHECK(columns("a\xe6\xbc\xa2\xc3\xa9") == 4);
}

TEST_CASE("a wrapped command does the same as the whole") {
  for (const std::string command :
       {"printf '<%s>' one two three four five six seven eight",
        "printf '<%s>' 'one two three four five' six \"seven eight nine ten\" eleven",
        "printf '<%s>' one\\ two three\\ four five\\'six 'seven \\' eight nine ten",
        "printf '<%s>' \"a \\\" b c d e f g h\" \"i j k\" l # m n o p q r s t u v"}) {
    std::string wrapped;
    const Lines lines = wrap_command(command, 30);
    CHECK(lines.size() > 1);
    for (const std::string& line : lines) wrapped += (wrapped.empty() ? "" : "\n") + line;
    INFO(wrapped);
    if (command.find('#') == std::string::npos) CHECK(shell(wrapped) == shell(command));
    for (const std::string& line : lines) CHECK(columns(line) <= 30);
  }
  CHECK(wrap_command("echo short", 20) == Lines{"echo short"});
}
