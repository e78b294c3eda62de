"""What holds for each file of deploy/kubernetes: the API takes it, what it refers to is there, and its pods may do little."""

import kubernetes_validate
import yaml
from deployed import DEPLOY


class Manifests:
    file: str

    def setUp(self):
        super().setUp()
        documents = list(yaml.safe_load_all((DEPLOY / "kubernetes" / self.file).read_text()))
        self.documents = {document["kind"]: document for document in documents}
        self.assertEqual(len(documents), len(self.documents))
        self.job = self.documents["CronJob"]["spec"]["jobTemplate"]["spec"]
        self.pod = self.job["template"]["spec"]
        [self.container] = self.pod["containers"]

    def policy(self, code):
        """What the Job does about a pod that ends with this exit code; by default it counts as a try."""
        for rule in self.job["podFailurePolicy"]["rules"]:
            of = rule.get("onExitCodes", {"values": []})
            if code in of["values"]:
                self.assertEqual((of["operator"], of["containerName"]), ("In", self.container["name"]))
                return rule["action"]
        return "Count"

    def test_the_api_takes_each_document(self):
        for version in ["1.31", kubernetes_validate.latest_version()]:
            for document in self.documents.values():
                kubernetes_validate.validate(document, version, strict=True)

    def test_a_wrong_word_is_found(self):
        self.container["readOnlyRootFileSystem"] = True
        with self.assertRaises(kubernetes_validate.ValidationError):
            kubernetes_validate.validate(self.documents["CronJob"], "1.31", strict=True)

    def test_volumes_and_objects_are_there(self):
        volumes = {volume["name"]: volume for volume in self.pod["volumes"]}
        self.assertEqual(volumes.keys(), {mount["name"] for mount in self.container["volumeMounts"]})
        named = {kind: document["metadata"]["name"] for kind, document in self.documents.items()}
        self.assertEqual(volumes["jobs"]["configMap"]["name"], named["ConfigMap"])
        claims = [volume[kind]["claimName"] for volume in volumes.values() for kind in volume if kind == "persistentVolumeClaim"]
        self.assertEqual(claims, [named[kind] for kind in named if kind == "PersistentVolumeClaim"])
        # Referred to, never written.
        self.assertNotIn("Secret", named)

    def test_the_pod_may_do_little(self):
        context, own = self.pod["securityContext"], self.container["securityContext"]
        self.assertTrue(context["runAsNonRoot"] and own["readOnlyRootFilesystem"])
        self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
        self.assertEqual((own["allowPrivilegeEscalation"], own["capabilities"]), (False, {"drop": ["ALL"]}))
        self.assertEqual(self.documents["CronJob"]["spec"]["concurrencyPolicy"], "Forbid")
