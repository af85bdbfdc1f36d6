"""What the translation accepts, refuses and makes of it; scripts/site --check runs these."""

import re
import unittest

import diagram
import finish
import headers
import markdown
import pages


def translate(text):
    def resolve(target):
        if target == "gone.md":
            raise markdown.Refused("the link to gone.md leads nowhere")
        return target.replace(".md", ".html")

    def snippet(path, mark):
        if mark == "step":
            raise markdown.Refused("[step] is a step: a lesson does not give it away")

    return markdown.Page("lessons/11-x.md", "lesson-11-x", text.split("\n"), resolve, snippet).translate()


class Translation(unittest.TestCase):
    def refused(self, text, line, why):
        with self.assertRaisesRegex(markdown.Refused, rf"^lessons/11-x\.md:{line}: .*{re.escape(why)}"):
            translate(text)

    def test_refuses_what_is_not_in_the_list(self):
        self.refused("# T\n\n<b>bold</b>", 3, "HTML: <b>")
        self.refused("# T\n\n```\ncode\n```", 3, "marked ''")
        self.refused("# T\n\n```perl\ncode\n```", 3, "marked 'perl'")
        self.refused("# T\n\n```text\nno end", 3, "does not end")
        self.refused("# T\n\n#### deep", 3, "below ###")
        self.refused("# T\n\n> [!TIP]\n> words", 3, "only NOTE and WARNING")
        self.refused("# T\n\nsee [it](gone.md)", 3, "leads nowhere")
        self.refused("# T\n\n\\snippet labs/11-x/lab.cpp step", 3, "does not give it away")

    def test_a_picture_is_an_svg_with_words_on_a_line_of_its_own(self):
        self.assertIn('<img src="x.svg" alt="A &lt; B.">', translate("# T\n\n![A < B.](x.svg)\n\ntext"))
        self.refused("# T\n\n![](x.svg)", 3, "needs words")
        self.refused("# T\n\n![ ](x.svg)", 3, "needs words")
        self.refused("# T\n\n![words](x.png)", 3, "only an SVG")
        self.refused("# T\n\n![words](https://a.example/x.svg)", 3, "only an SVG")
        self.refused("# T\n\nsee ![words](x.svg)", 3, "a line of its own")
        self.refused("# T\n\n![words](x.svg)\ntext", 3, "a line of its own")
        self.refused("# T\n\n![words](gone.md)", 3, "only an SVG")

    def test_a_transcript_holds_no_comment_of_c(self):
        out = translate("# T\n\n```console\n# rmdir */demo; ls /proc/*/ns\n```")
        self.assertIn("*&#47;demo; ls /proc&#47;*&#47;ns", out)

    def test_code_is_no_html(self):
        self.assertIn("\\<pid\\>", translate("# T\n\nwrite `<pid>`"))

    def test_what_doxygen_would_take_for_a_command_is_escaped(self):
        out = translate("# T\n\n50 % of a@b, C:\\dir, `@x`, see #4 and --help, ns/*, ::call, a_b_c, \\*")
        for text in ("50 \\%", "ns/\\*", " \\::call", "a\\_b\\_c", " \\*", "a\\@b", "C:\\\\dir", "\\@x", "\\#4", "\\--help"):
            self.assertIn(text, out)

    def test_bold_and_italic_may_hold_code(self):
        self.assertIn("<b>a <code>b</code></b> and <em>c</em>", translate("# T\n\n**a `b`** and *c*"))

    def test_links_and_headings_get_the_names_of_the_site(self):
        self.assertIn('<a href="10-y.html#z">there</a>', translate("# T\n\n[there](10-y.md#z)"))
        out = translate("# T\n\n## Try it\n\n## Try it")
        self.assertIn("## Try it {#lesson-11-x-try-it}", out)
        self.assertIn("## Try it {#lesson-11-x-try-it-1}", out)

    def test_two_labelled_blocks_stand_side_by_side(self):
        block = "**{}**\n\n```console\n# ls\n```\n\n"
        self.assertEqual(translate("# T\n\n" + block.format("v2") + block.format("v1")).count('class="column"'), 2)
        self.assertNotIn('class="column"', translate("# T\n\n" + block.format("alone") + "text"))

    def test_a_transcript_tells_what_is_typed(self):
        text = markdown.transcript(["$ a \\", "  b", "c <d>"])
        self.assertEqual(text, '<span class="prompt">$ </span><b>a \\</b>\n<b>  b</b>\nc &lt;d&gt;')


class Pictures(unittest.TestCase):
    def test_lines_and_words_are_drawn_apart(self):
        drawn = diagram.svg(["┌─┐ two words", "└─┘  three"])
        self.assertEqual(drawn.count("<path"), 6)
        self.assertIn(">two words</text>", drawn)

    def test_what_is_not_one_column_wide_is_refused(self):
        for picture in (["x" * 77], ["箱"]):
            with self.assertRaises(ValueError):
                diagram.svg(picture)


class Headers(unittest.TestCase):
    def test_a_header_becomes_a_topic_line_for_line(self):
        text = "#pragma once\n\n/// Of `a::b`. More.\nnamespace x {\n\nint f();\n\n}  // namespace x\n"
        framed, brief = headers.framed(text, "src/x/some_noun.hpp", "x/some_noun.hpp")
        lines = framed.split("\n")
        self.assertEqual(len(lines), len(text.split("\n")))
        self.assertEqual(lines[0], "/** \\defgroup x-some-noun x/some_noun.hpp")
        self.assertEqual(lines[5], "int f();")
        self.assertEqual(brief, "Of <code>a\\::b</code>.")
        self.assertEqual(headers.address("src/x/some_noun.hpp"), "group__x-some-noun.html")


class Pages(unittest.TestCase):
    def test_a_lesson_without_a_lab_may_have_a_letter(self):
        self.assertEqual(pages.number_and_name("11: A tenth", "11-cpu-throttle"), ("11", "A tenth"))
        self.assertEqual(pages.number_and_name("29b: What it sees", "29b-what-it-sees"), ("29b", "What it sees"))


class Finish(unittest.TestCase):
    def test_man_pages_are_linked_in_text_alone(self):
        self.assertIn("manpages.debian.org/cgroups.7", finish.man_pages("<p>see cgroups(7)</p>"))
        for text in ("<pre>f(2)</pre>", "<a href='x'>cgroups(7)</a>", "<h2>cgroups(7)</h2>"):
            self.assertEqual(finish.man_pages(text), text)


if __name__ == "__main__":
    unittest.main()
