"""From hits to an answer that carries its proof: candidates, witnesses, reading, arithmetic, verification.

Candidate   a line, sentence, row or message that could be quoted, with its place in the original
Witness     a cheap number that speaks for or against a candidate (similarity, keywords, the student, ...)
Evidence    a verbatim quote with its Span
Answer      a short text that the evidence proves, or "not in your records"
"""
