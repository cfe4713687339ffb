"""The catalogue of ways to write a program that can be suspended and resumed."""

from __future__ import annotations

from schedsim.programs.steps import Steps

PROGRAMS = {"steps": Steps}
