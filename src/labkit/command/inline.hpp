#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace labkit {

/// A paragraph of a lesson, its links, code and bold words rendered, in lines of at most `width`
/// columns (a word that is wider has a line of its own).
std::vector<std::string> render_paragraph(const std::string& text, std::size_t width, bool colours);

}  // namespace labkit
