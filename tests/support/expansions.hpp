#pragma once
// Texts with $name for main.cf, and what postconf 3.7.11 -x makes of them.

#include <map>
#include <string>
#include <vector>

namespace maproom::test {

inline const std::map<std::string, std::string, std::less<>>& expansion_parameters() {
  static const std::map<std::string, std::string, std::less<>> all{
      {"a", "x y"}, {"empty", ""}, {"num", "10"}, {"nested", "<$a>"}, {"loop", "1 $loop"}, {"left", "$loop"}};
  return all;
}

inline const std::vector<std::pair<std::string, std::string>>& good_expansions() {
  static const std::vector<std::pair<std::string, std::string>> all{
      {"plain", "plain"},
      {"$a ${a} $(a)", "x y x y x y"},
      {"$nested", "<x y>"},
      {"$$a $$$a", "$a $x y"},
      {"$a-b $a.c", "x y-b x y.c"},
      {"${ a }", "x y"},
      {"${a}}", "x y}"},
      {"$num.2", "10.2"},
      {"${a?yes}|${empty?yes}|${unset?yes}", "yes||"},
      {"${a:no}|${empty:no}|${unset:no}", "|no|no"},
      {"${a?yes:no}|${empty?yes:no}", "yes:no|"},
      {"${a?{yes}:{no}}|${empty?{yes}:{no}}", "yes|no"},
      {"${a ? {yes} : {no}}|${empty?{x}: y z}", "yes| y z"},
      {"${a?{ yes }}|", " yes |"},
      {"${a? yes }|${empty: no }|", " yes | no |"},
      {"${a?{$a/{b}}}", "x y/{b}"},
      {"${a?x}y}", "xy}"},
      {"$(a?x(y)z)", "x(y)z"},
      {"${a?{y}:n}|${empty?{y}:n}", "y|n"},
      {"${{$a} == {x y} ? {same} : {other}}", "same"},
      {"${{a} == {a}}|${{a} == {b}}", "true|"},
      {"${{9} < {10}?{lt}:{ge}}|${{9a} < {10}?{lt}:{ge}}", "lt|ge"},
      {"${{10} < {9} ? {lt} : {ge}}|${{$num}!={10}?{other}:{same}}", "ge|same"},
      {"${ {$num} == {10} ? {same} : {other} }", "same"},
      {"${{3.6} <level {3.10} ? {lt} : {ge}}|${{3} >=level {2.9}}", "lt|true"},
      {"${{a}=={b}:{no}}|${{a}=={a}:{no}}", "no|"},
      {"${{ $empty } == {} ?{e}:{n}}", "n"},
  };
  return all;
}

/// postconf says that these are no references.
inline const std::vector<std::string>& bad_expansions() {
  static const std::vector<std::string> all{"$",       "$-",           "${}",          "${a",
                                            "$(a",     "${a?{b}c}",    "${a?{b} c}",   "${a!x}",
                                            "${a1.2}", "${a:{b}:{c}}", "${{a} ~ {b}}", "${{3.x} >=level {2.9}}",
                                            "${a?{b}", "$loop",        "$left",        "${{a} == b}"};
  return all;
}

}  // namespace maproom::test
