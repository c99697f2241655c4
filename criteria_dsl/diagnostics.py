"""Every problem the language reports: its code, what it is called, and why it is one.

Codes are stable: one is never reused for another problem. E0 is about files, E1 about words and names,
E2 about meaning, E3 about numbers and units, E4 about codes, W5 are warnings.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Diagnostic:
    code: str
    title: str
    explanation: str


DIAGNOSTICS = {
    entry.code: entry
    for entry in (
        # --- files
        Diagnostic("E001", "file too large", "A file is limited so that compiling always ends soon."),
        Diagnostic("E002", "too long or too many", "Blocks, their length and libraries are limited."),
        Diagnostic(
            "E003", "nested too deeply", "Bullets and parentheses nest 20 levels; name the inner part."
        ),
        Diagnostic(
            "E004",
            "definition too large",
            "Written out, definitions that repeat or relate to each other would explode.",
        ),
        Diagnostic("E005", "no heading", "A file begins with `protocol`, `measure` or `library`."),
        Diagnostic("E006", "heading in the wrong place", "One heading, and it comes first."),
        Diagnostic(
            "E007", "line outside of any block", "A block begins at the margin; this line is indented."
        ),
        Diagnostic(
            "E008", "tab in front of a line", "Columns say how bullets nest, and a tab has no column."
        ),
        # --- words and names
        Diagnostic(
            "E101", "not a word of the language", "Every word is reserved or a name; this is near one."
        ),
        Diagnostic("E102", "English, but not our phrase", "One meaning has one text; here is ours."),
        Diagnostic("E103", "cannot stand here", "The sentence cannot go on with this word."),
        Diagnostic("E104", "stops too early", "Something has to follow before the block or bullet ends."),
        Diagnostic("E105", "character not used", "The character is no part of the language."),
        Diagnostic(
            "E106", "no block begins like this", "The first word of a line at the margin opens a block."
        ),
        Diagnostic("E107", "reserved word as a name", "Words of the language and of the person are taken."),
        Diagnostic("E110", "name not defined", "A name is defined in this file or used from a library."),
        Diagnostic("E111", "defined twice", "A name means one thing in a file."),
        Diagnostic("E112", "criterion id twice", "Findings are told apart by the id."),
        Diagnostic("E113", "defined by itself", "Following the definitions leads back to the same name."),
        Diagnostic(
            "E114", "name of another sort", "Records, numbers, statements, codes and times are apart."
        ),
        Diagnostic("E115", "word not on the list", "Stages and sorts of parameter are closed lists."),
        Diagnostic("E116", "arguments missing or too many", "A definition says how many names it takes."),
        Diagnostic("E117", "argument does not fit", "What is given is used as it could not be."),
        Diagnostic("E118", "cohort not declared", "A cohort has a block of its own."),
        Diagnostic("E119", "cohort of a cohort", "A cohort says itself whom it is for."),
        Diagnostic("E120", "order of calculation open", "Different operators need parentheses."),
        Diagnostic("E130", "library not found", "A library is a file beside the protocol."),
        Diagnostic("E131", "library name not plain", "No folders, no file ending: the name alone."),
        Diagnostic("E132", "version differs", "The text names the version it was written against."),
        Diagnostic("E133", "not in the library", "The library does not define this name itself."),
        Diagnostic("E134", "not a library", "Only a file that begins with `library` is used by others."),
        Diagnostic("E135", "libraries in a circle", "A library would need itself."),
        Diagnostic(
            "E136", "parameter missing", "A library's parameter is the user's parameter of that name."
        ),
        Diagnostic(
            "E137", "criterion in the wrong file", "Libraries define, protocols judge, measures count."
        ),
        Diagnostic("E138", "amendment not declared", "Amendments stand below the heading of the file."),
        Diagnostic("E139", "amendments out of order", "Their numbers and days ascend."),
        Diagnostic("E141", "stated twice", "Two lines of one place would say different things."),
        Diagnostic("E142", "policy for codes", "Policies are about records; a list of codes has none."),
        # --- meaning
        Diagnostic("E201", "which record?", "There may be many, so `is` needs a pick: `most recent`, …"),
        Diagnostic("E202", "pick without a test", "A picked record is there to be tested."),
        Diagnostic(
            "E203", "which part of it?", "What lasts starts, ends, overlaps or lies entirely in a time."
        ),
        Diagnostic("E204", "one window, one phrase", "Each relation has one way to write a window."),
        Diagnostic(
            "E205", "no such moment", "A moment is a day: index, a date, an edge of a period or record."
        ),
        Diagnostic("E207", "two ends of `any`", "Two ends that each mean some record would not be a window."),
        Diagnostic("E208", "hours in a window", "Windows are whole days."),
        Diagnostic("E209", "nothing to except", "A record of another kind can never be the excepted one."),
        Diagnostic("E210", "no such field", "Each kind of record has its fields."),
        Diagnostic("E211", "no such word in this field", "The field takes words of a closed list of FHIR."),
        Diagnostic("E212", "not tested like this", "Words, codes and numbers are compared with their like."),
        Diagnostic("E213", "no result", "Only measurements, assessments and findings have one."),
        Diagnostic("E214", "`at` or `on`", "`at` an edge or index, `on` a date or the day of a record."),
        Diagnostic("E215", "a second time phrase", "Both would have to hold; one window says it."),
        Diagnostic("E216", "apart from what?", "Spacing is a property of a count."),
        Diagnostic("E217", "age in whole years", "Age is counted in completed years."),
        Diagnostic("E218", "empty range", "The lower limit comes first."),
        Diagnostic("E219", "a count that says nothing", "A simpler phrase says it, or it is always decided."),
        Diagnostic("E221", "relatives with what?", "Family histories tell of relatives, whenever it was."),
        Diagnostic("E220", "a number alone", "A limit has a direction."),
        Diagnostic("E240", "no length", "Only what lasts has a length of its own."),
        Diagnostic("E241", "which length?", "A record's own length and the time since it began are two."),
        Diagnostic("E242", "half-life of a term", "A medication may declare one, in hours, days or weeks."),
        Diagnostic("E243", "half-lives of what?", "They are those that the medication's term declares."),
        Diagnostic("E247", "no X for how long?", "It could be a time without X, or no X that lasts so long."),
        Diagnostic("E230", "nothing not done", "Diagnoses, visits and allergies are there or not."),
        Diagnostic("E270", "noted as what?", "Notes state, deny, doubt, look back or ahead, or mean others."),
        Diagnostic(
            "E271", "no such section", "Sections of notes have one usual name each; another never matches."
        ),
        Diagnostic("E244", "days counted here", "Days of several records are a statement, not a record."),
        Diagnostic("E245", "which days?", "Days are counted in one fixed time, gaps in whole days."),
        Diagnostic("E246", "stable dose of what?", "One drug at one dose, for some days in a row."),
        Diagnostic("E260", "`unless` after a negation", "It could mean *and not*, or *or else*."),
        # --- numbers and units
        Diagnostic("E301", "not a unit", "Units are UCUM codes or their common spellings."),
        Diagnostic("E302", "limit without a unit", "A limit says its unit where the term has one."),
        Diagnostic("E303", "unit of another quantity", "The limit cannot be converted to the term's unit."),
        Diagnostic("E304", "unit of a term", "A measurement declares its unit; other kinds have none."),
        Diagnostic(
            "E305", "sides do not match", "Only like is added to, taken from or put in place of like."
        ),
        Diagnostic("E306", "product without a unit", "The units do not multiply or divide to a known unit."),
        Diagnostic("E307", "number out of bounds", "The number is too large, or no share."),
        Diagnostic("E308", "not a whole number", "Counts and lengths of time are whole."),
        Diagnostic("E309", "no such day", "The date is not in the calendar."),
        Diagnostic("E310", "default does not fit", "A period has two days in order, a date has one."),
        Diagnostic("E321", "value given does not fit", "What a run gives has to be of the parameter's sort."),
        Diagnostic("E311", "no reference range", "Only a single result stands beside a range of its own."),
        Diagnostic("E312", "not a known analyte", "Analytes are a table with molar masses and sources."),
        Diagnostic("E313", "unit not of this analyte", "Only some units of an analyte are converted."),
        Diagnostic("E319", "change of what?", "A change goes from an earlier reading to a later one."),
        Diagnostic("E320", "in a row of what?", "Results in a row stand among all results of their term."),
        Diagnostic("E322", "where is zero?", "Levels and differences convert differently in this unit."),
        Diagnostic("E323", "ratio of what?", "One result over another of the same day, by a pick of days."),
        Diagnostic("E324", "slope of what?", "A slope is per some time, by results of some days."),
        # --- codes
        Diagnostic("E401", "check digit wrong", "LOINC and SNOMED CT codes carry one; a slip breaks it."),
        Diagnostic("E402", "shape of a code", "Each system's codes have a shape."),
        Diagnostic("E403", "`*` not known here", "Codes of ICD-10-CM, ICD-10, ATC are their own hierarchy."),
        Diagnostic("E404", "not a value set", "A value set is named by its canonical URL."),
        Diagnostic("E408", "not a range of codes", "A range goes from a code of ICD-10-CM to one behind it."),
        Diagnostic("E407", "phrases or codes", "A mention is made of phrases, every other kind of codes."),
        Diagnostic(
            "E406", "not a code system", "A system without a name of its own here is named by its URI."
        ),
        # --- warnings
        Diagnostic("W501", "not used", "No criterion needs this name."),
        Diagnostic("W502", "analyte not said", "Results in another unit of the analyte stay unread."),
    )
}
