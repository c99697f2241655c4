"""What authors of protocols do with their texts: format, and what else the tools of the language offer."""
