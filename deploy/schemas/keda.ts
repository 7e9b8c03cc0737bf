// What of KEDA's kinds a manifest of this project may hold: `status` is the cluster's, and of the metadata
// only what people write.
import type { IScaledObject, ITriggerAuthentication } from "@kubernetes-models/keda/keda.sh/v1alpha1";

interface Metadata {
  name: string;
  namespace?: string;
  labels?: { [key: string]: string };
  annotations?: { [key: string]: string };
}

type Written<Kind> = Omit<Kind, "metadata" | "status"> & { metadata: Metadata };

export type ScaledObject = Written<IScaledObject>;
export type TriggerAuthentication = Written<ITriggerAuthentication>;
