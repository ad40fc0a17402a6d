"""How Chinese text is cut to be searched."""

from services.routing.bigrams import searched, tokens


def test_every_pair_of_neighbours_is_a_token_and_the_last_character_too() -> None:
    assert tokens("停水三天") == "'停水':1 '水三':2 '三天':3 '天':4"


def test_what_stands_apart_is_not_next_to_each_other() -> None:
    assert tokens("停水，三天") == "'停水':1 '水':2 '三天':4 '天':5"


def test_letters_are_searched_as_anybody_writes_them() -> None:
    assert tokens("Ｇ320") == "'g3':1 '32':2 '20':3 '0':4"
    assert searched("g320") == "('g3' <-> '32' <-> '20')"


def test_all_that_was_typed_must_stand_there_each_in_one_piece() -> None:
    assert searched("停水三天 三组") == "('停水' <-> '水三' <-> '三天') & ('三组')"


def test_one_character_is_found_wherever_it_stands() -> None:
    assert searched("水") == "('水':*)"


def test_signs_alone_search_for_nothing() -> None:
    assert searched(" '\\:*&|!()<-> ") == ""
    assert tokens("……") == ""
