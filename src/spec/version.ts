/** The version of the OCI runtime specification that state documents and `features` report. */
export const OCI_VERSION = "1.3.0";

/** The oldest version whose bundles we run. */
export const OCI_VERSION_MIN = "1.0.0";
