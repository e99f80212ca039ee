"""The packs of dcg by family, each with a command that its rules are about.

What a pack holds in detail stands in dcg and in no file of the user's, so that none is carried over
rule by rule. The commands are what a draft says Remit holds without a line; a test decides each.
"""

from __future__ import annotations

from typing import Final

from remit.model.imports import Fate
from remit.services.imports.carry import Carry, left

FAMILIES: Final = {
    "core": "git reset --hard HEAD~3",
    "strict_git": "git push --force",
    "system": "mkfs.ext4 /dev/sda1",
    "storage": "aws s3 rm s3://bucket --recursive",
    "remote": "rsync -a --delete src/ host:/srv/",
    "cicd": "gh secret delete TOKEN",
    "secrets": "vault kv delete secret/app",
    "platform": "gh repo delete ada/shop --yes",
    "dns": "aws route53 delete-hosted-zone --id Z1",
    "email": "aws ses delete-identity --identity example.org",
    "featureflags": "curl -X DELETE https://flags.example.org/api/v2/flags/new",
    "loadbalancer": "aws elbv2 delete-load-balancer --load-balancer-arn one",
    "monitoring": "curl -X DELETE https://monitoring.example.org/api/v1/monitor/1",
    "payment": "stripe customers delete cus_1",
    "messaging": "kafka-topics --bootstrap-server broker:9092 --delete --topic orders",
    "search": "curl -X DELETE http://search.example.org:9200/orders",
    "backup": "restic forget --prune",
    "database": "psql -c 'DROP TABLE orders'",
    "containers": "docker system prune -af",
    "kubernetes": "kubectl delete namespace production",
    "cloud": "aws ec2 terminate-instances --instance-ids i-1",
    "cdn": "wrangler delete",
    "apigateway": "aws apigateway delete-rest-api --rest-api-id one",
    "infrastructure": "terraform destroy",
    "package_managers": "npm publish",
}


def pack_rule(name: str) -> Carry:
    """What becomes of a pack that is enabled."""
    example = FAMILIES.get(name.partition(".")[0])
    if example is None:
        why = "its rules stand in no file that is read here"
        return left(why, "the words its commands begin with, under commands.never")
    return unwritten(f"its rules stand in dcg; {BY_EFFECT}: {example}")


BY_EFFECT: Final = "Remit goes by what a command would do, and holds such as"


def unwritten(why: str) -> Carry:
    """Rules that no file has, some of which Remit is known to hold without a line."""
    return Carry(Fate.PART, (), why)
