"""One throwaway authority for all tests here, and a server under it for each."""

from collections.abc import Iterator

import pytest
import trustme

from tests.updates.mirrors import Authority, Mirror


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    signer = trustme.CA()
    path = tmp_path_factory.mktemp("authority") / "authority.pem"
    signer.cert_pem.write_to_path(str(path))
    return Authority(signer, path)


@pytest.fixture
def mirror(authority: Authority) -> Iterator[Mirror]:
    with Mirror(authority.context("127.0.0.1")) as mirror:
        yield mirror
