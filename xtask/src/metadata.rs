//! What a registry shows of a component: it stands in the file, as `wasm-tools metadata`
//! shows it and `wkg` publishes it.

use wasm_metadata::{AddMetadata, AddMetadataField, Description, Licenses, Version};

use crate::Failure;
use crate::workspace::Package;

/// Returns the component with the name, version, description and licence of its package.
pub fn add(component: &[u8], package: &Package) -> Result<Vec<u8>, Failure> {
    let licence = Licenses::new(&package.license)
        .map_err(|error| format!("{}: license: {error:#}", package.name))?;
    let mut metadata = AddMetadata::default();
    metadata.name = AddMetadataField::Set(registry_name(&package.name));
    metadata.version = AddMetadataField::Set(Version::new(package.version.clone()));
    metadata.description = AddMetadataField::Set(Description::new(package.description.clone()));
    metadata.licenses = AddMetadataField::Set(licence);
    metadata
        .to_wasm(component)
        .map_err(|error| format!("{}: {error:#}", package.name))
}

/// Returns the name under which a component is published. `rpa:auth` is the contract.
pub fn registry_name(package: &str) -> String {
    match package {
        "rpa-auth" => "rpa:auth-plugin".to_owned(),
        other => other.replacen('-', ":", 1),
    }
}

#[cfg(test)]
mod tests {
    use wasm_metadata::Payload;

    use super::*;

    #[test]
    fn a_component_says_what_it_is() {
        let package = Package {
            name: "rpa-auth-sans-io".to_owned(),
            version: "1.2.3".to_owned(),
            description: "says what to send".to_owned(),
            license: "Apache-2.0".to_owned(),
            features: Vec::new(),
            is_component: true,
            is_example: false,
        };
        let empty = [0, b'a', b's', b'm', 0x0d, 0, 1, 0];
        let component = add(&empty, &package).unwrap();
        let payload = Payload::from_binary(&component).unwrap();
        let metadata = payload.metadata();
        assert_eq!(metadata.name.as_deref(), Some("rpa:auth-sans-io"));
        let text = |part: &dyn ToString| part.to_string();
        assert_eq!(metadata.version.as_ref().map(|x| text(x)).unwrap(), "1.2.3");
        let description = metadata.description.as_ref().map(|x| text(x));
        assert_eq!(description.unwrap(), "says what to send");
        let licences = metadata.licenses.as_ref().map(|x| text(x));
        assert_eq!(licences.unwrap(), "Apache-2.0");
    }

    #[test]
    fn no_component_is_published_as_the_contract() {
        let names = ["rpa-auth", "rpa-auth-session", "rpa-auth-sans-io-session"];
        assert_eq!(
            names.map(registry_name),
            [
                "rpa:auth-plugin",
                "rpa:auth-session",
                "rpa:auth-sans-io-session"
            ]
        );
    }
}
