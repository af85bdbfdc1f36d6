#pragma once

#include <cstddef>
#include <functional>
#include <string>

/// A lesson in the terminal: the small markup of docs/writing-lessons.md, and nothing more.
namespace labkit {

struct LessonLook {
  std::size_t width = 80;
  bool colours = false;
  std::string folder;  ///< Where the lesson lies: of a picture, its words and its file are shown.
  /// The code that a line `\snippet PATH MARK` stands for. Never called with other words.
  std::function<std::string(const std::string& path, const std::string& mark)> quote;
};

/// The text as it is shown, with a newline at its end.
std::string render_lesson(const std::string& markdown, const LessonLook& look);

/// The lines between two marks `//! [mark]` of a file of the repository ("labs/10-x/lab.cpp",
/// "src/slipway/file.hpp"), found in the toolkit. Throws slipway::Error when there is no such file,
/// or the mark does not stand there twice.
std::string quoted_code(const std::string& path, const std::string& mark);

}  // namespace labkit
