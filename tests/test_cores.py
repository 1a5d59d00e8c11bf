import os
import sys
from pathlib import Path

import pytest

from mmhnet_cli import cores
from mmhnet_cli.cores import count_cores

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="as Linux tells it")


@pytest.fixture
def groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A tree of control groups; this process is in the one called `/box/inner`, and may run on 16 cores."""
    monkeypatch.setattr(cores, "GROUP_ROOT", tmp_path)
    monkeypatch.setattr(cores, "GROUP_FILE", tmp_path / "own")
    monkeypatch.setattr(os, "sched_getaffinity", lambda process: set(range(16)))
    (tmp_path / "own").write_text("4:cpu,cpuacct:/box/inner\n3:memory:/other\n0::/box/inner\n")
    return tmp_path


def limit(folder: Path, quota: str, period: str = "100000") -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(f"{quota} {period}\n")


def test_affinity_is_respected(groups: Path) -> None:
    assert count_cores() == 16


@pytest.mark.parametrize(("quota", "count"), [("200000", 2), ("150000", 2), ("1000", 1), ("max", 16), ("9000000", 16)])
def test_quota_of_version_2(groups: Path, quota: str, count: int) -> None:
    limit(groups / "box" / "inner", quota)
    assert count_cores() == count


def test_the_narrowest_group_on_the_way_up_counts(groups: Path) -> None:
    limit(groups / "box" / "inner", "800000")
    limit(groups / "box", "300000")
    assert count_cores() == 3


def test_inside_a_container_the_group_is_mounted_at_the_root(groups: Path) -> None:
    limit(groups, "400000")
    assert count_cores() == 4


@pytest.mark.parametrize(("quota", "count"), [("250000", 3), ("-1", 16), ("nonsense", 16)])
def test_quota_of_version_1(groups: Path, quota: str, count: int) -> None:
    folder = groups / "cpu" / "box" / "inner"
    folder.mkdir(parents=True)
    (folder / "cpu.cfs_quota_us").write_text(f"{quota}\n")
    (folder / "cpu.cfs_period_us").write_text("100000\n")
    assert count_cores() == count


def test_a_name_that_leads_out_of_the_tree_is_not_followed(groups: Path) -> None:
    (groups / "own").write_text("0::/../../box\n")
    assert count_cores() == 16
