"""Seeds of replications: as the definition has them, and never the same for two purposes."""

from hashlib import sha256

from sim.studies.runs.seeds import replication_seed


def test_a_seed_is_the_first_53_bits_of_the_digest_of_its_words() -> None:
    """Computed here from hexadecimal digits: 13 have 52 bits, the 14th gives one more."""
    digits = sha256(b"replication/7/12").hexdigest()
    expected = int(digits[:13], 16) * 2 + (int(digits[13], 16) >> 3)

    assert replication_seed(7, 12) == expected
    assert expected < 2**53


def test_purposes_numbers_and_seeds_have_runs_of_their_own() -> None:
    """2,400 seeds, none twice."""
    found = {
        replication_seed(seed, number, purpose)
        for seed in (0, 1)
        for number in range(400)
        for purpose in ("replication", "fresh", "confirm")
    }

    assert len(found) == 2 * 400 * 3
